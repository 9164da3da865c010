"""Names of the demo: categories with their products, shops, agents, places. All invented."""

from __future__ import annotations

from dataclasses import dataclass
from random import Random


@dataclass(frozen=True)
class Category:
    """Shops of a category are peers; they sell these products in these sizes."""

    name: str
    products: tuple[str, ...]
    sizes: tuple[str, ...]
    shop_endings: tuple[str, ...]


CATEGORIES: tuple[Category, ...] = (
    Category(
        "服饰鞋包",
        ("羊毛大衣", "加绒卫衣", "牛仔裤", "小白鞋", "羽绒服", "针织开衫", "双肩包", "马丁靴", "连衣裙", "帆布包"),
        ("S码", "M码", "L码", "XL码", "37码", "38码", "42码", "黑色", "米白色"),
        ("服饰", "女装", "鞋铺", "箱包店", "衣橱"),
    ),
    Category(
        "手机数码",
        ("蓝牙耳机", "手机壳", "充电宝", "机械键盘", "智能手表", "平板支架", "数据线", "运动相机", "无线鼠标"),
        ("128G", "256G", "黑色款", "白色款", "标准版", "Pro版"),
        ("数码", "电子", "数码专营店", "科技"),
    ),
    Category(
        "家用电器",
        ("空气炸锅", "电饭煲", "扫地机器人", "加湿器", "电热水壶", "吹风机", "破壁机", "取暖器", "挂烫机", "净水器"),
        ("3升", "5升", "白色款", "家用款", "大容量款"),
        ("电器", "家电专营店", "生活电器", "厨电馆"),
    ),
    Category(
        "美妆个护",
        ("保湿面霜", "口红", "洗面奶", "防晒霜", "精华液", "眼影盘", "洗发水", "身体乳", "卸妆油", "面膜"),
        ("50ml", "100ml", "正装", "旅行装", "正红色", "豆沙色"),
        ("美妆", "化妆品店", "护肤馆", "美颜坊"),
    ),
    Category(
        "食品生鲜",
        ("赣南脐橙", "阳澄湖大闸蟹", "手工牛肉干", "新疆大枣", "车厘子", "东北大米", "龙井茶", "坚果礼盒", "腊肠"),
        ("5斤装", "10斤装", "小份", "礼盒装", "2袋装"),
        ("食品", "果园", "土特产", "生鲜馆", "茶行"),
    ),
    Category(
        "母婴玩具",
        ("婴儿湿巾", "纸尿裤", "积木", "儿童推车", "奶瓶", "爬行垫", "益智拼图", "宝宝餐椅", "儿童水杯", "毛绒玩具"),
        ("NB码", "M号", "L号", "XL号", "蓝色款", "粉色款"),
        ("母婴", "玩具城", "童品", "宝贝屋"),
    ),
    Category(
        "家居日用",
        ("四件套", "乳胶枕", "收纳箱", "保温杯", "拖把", "窗帘", "不粘锅", "懒人沙发", "晾衣架", "香薰蜡烛"),
        ("1.5米", "1.8米", "大号", "中号", "灰色", "奶白色"),
        ("家居", "家纺", "百货", "生活馆"),
    ),
    Category(
        "图书文具",
        ("中性笔", "手账本", "儿童绘本", "考研资料", "钢笔", "彩色铅笔", "书立", "台历", "科普百科", "错题本"),
        ("单本", "全套", "0.5mm", "A5", "A4", "24色"),
        ("书店", "文具", "书屋", "文创"),
    ),
)  # fmt: skip

CITIES = (
    "北京",
    "上海",
    "广州",
    "深圳",
    "成都",
    "杭州",
    "武汉",
    "西安",
    "重庆",
    "南京",
    "长沙",
    "哈尔滨",
    "昆明",
    "兰州",
    "拉萨",
    "乌鲁木齐",
)
COURIERS = ("顺丰", "中通", "圆通", "韵达", "申通", "京东快递", "邮政")
DAYS_TO_COME = ("今天", "明天", "后天", "周一", "周五", "周末", "月底")
DAYS_GONE_BY = ("昨天", "前天", "大前天", "上周五", "周末")

FRONTS = (
    "锦",
    "云",
    "星",
    "禾",
    "木",
    "青",
    "暖",
    "悦",
    "初",
    "南",
    "北",
    "知",
    "小",
    "海",
    "山",
    "晴",
    "竹",
    "鹿",
    "橙",
    "一",
)
BACKS = (
    "上",
    "帆",
    "朵",
    "语",
    "年",
    "舍",
    "里",
    "间",
    "野",
    "光",
    "川",
    "晨",
    "味",
    "品",
    "心",
    "田",
    "岸",
    "夏",
    "禾",
    "梦",
)
SURNAMES = "王李张刘陈杨黄赵吴周徐孙马朱胡林郭何高罗"
GIVEN = (
    "小雨",
    "婷婷",
    "浩然",
    "思琪",
    "子涵",
    "雅静",
    "志强",
    "晓东",
    "梦瑶",
    "佳怡",
    "俊杰",
    "丽娜",
    "文博",
    "可欣",
    "海燕",
    "嘉豪",
    "雪梅",
    "宇航",
    "诗涵",
    "建国",
)


def shop_names(rng: Random, categories: list[Category]) -> list[str]:
    """One name for each shop of the list, no two alike."""
    names: list[str] = []
    taken: set[str] = set()
    for category in categories:
        stem = rng.choice(FRONTS) + rng.choice(BACKS)
        while stem in taken:
            stem = rng.choice(FRONTS) + rng.choice(BACKS) + rng.choice(FRONTS)
        taken.add(stem)
        names.append(stem + rng.choice(category.shop_endings))
    return names


def agent_names(rng: Random, count: int) -> list[str]:
    """So many different names of people, as agents of one shop call themselves."""
    return [
        surname + given for surname, given in zip(rng.sample(SURNAMES, count), rng.sample(GIVEN, count), strict=True)
    ]
