"""All settings, in this one file; machines differ by environment variables only (docs/settings.md lists them)."""

import logging
from pathlib import Path

import environ
from django.core.exceptions import ImproperlyConfigured
from django.templatetags.static import static
from django.utils.translation import gettext_lazy as _

from governance.config.logging import configure_logs

BASE_DIR = Path(__file__).resolve().parent.parent.parent

env = environ.Env()

# --- the machine -----------------------------------------------------------------------------------------------------
DATA_DIR = Path(env.str("OPENLINE_DATA_DIR", default=str(BASE_DIR / "var")))
DATA_DIR.mkdir(parents=True, exist_ok=True)  # SQLite makes its file, but not the folder
DEBUG = env.bool("OPENLINE_DEBUG", default=False)
EMBEDDED = env.bool("OPENLINE_EMBEDDED", default=True)
"""True where Openline is being tried out on one machine: an insecure key and plain http are allowed."""

SECRET_KEY = env.str("OPENLINE_SECRET_KEY", default="")
if not SECRET_KEY:
    if not EMBEDDED:
        raise ImproperlyConfigured(
            "OPENLINE_SECRET_KEY is not set. Outside the embedded mode sessions must be signed with a key of your own: "
            "set it to at least 50 random characters."
        )
    SECRET_KEY = "embedded-only-" + "openline-trial-key-that-protects-nothing-" * 2
ALLOWED_HOSTS = env.list("OPENLINE_HOSTS", default=["127.0.0.1", "localhost", "testserver"] if EMBEDDED else [])
CSRF_TRUSTED_ORIGINS = env.list("OPENLINE_ORIGINS", default=[])

# --- the web database: SQLite for the first try, PostgreSQL in production ---------------------------------------------
DATABASES = {"default": env.db("OPENLINE_DATABASE_URL", default=f"sqlite:///{DATA_DIR / 'openline.sqlite3'}")}
if DATABASES["default"]["ENGINE"].endswith("sqlite3"):
    # WAL lets pages be read while a scoring run writes; IMMEDIATE makes writers queue instead of failing half-way.
    DATABASES["default"]["OPTIONS"] = {
        "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; PRAGMA cache_size=-65536;",
        "transaction_mode": "IMMEDIATE",
        "timeout": 60,
    }
else:
    DATABASES["default"]["CONN_MAX_AGE"] = 60
    DATABASES["default"]["CONN_HEALTH_CHECKS"] = True
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
AUTH_USER_MODEL = "shops.User"

# --- the chat log and its engine --------------------------------------------------------------------------------------
CHAT_LOG_DIR = Path(env.str("OPENLINE_CHAT_LOG_DIR", default=str(DATA_DIR / "chatlog")))
CHAT_LOG_SHARDS = env.int("OPENLINE_CHAT_LOG_SHARDS", default=1)
"""How many shop shards a new log is cut into; an existing log keeps the number that it was made with."""
CHAT_LOG_GRACE_SECONDS = env.int("OPENLINE_CHAT_LOG_GRACE_SECONDS", default=900)
"""How long files stay that a rewriting replaced, for readers that listed them before."""
ENGINE_MEMORY_MB = env.int("OPENLINE_ENGINE_MEMORY_MB", default=1200)
ENGINE_THREADS = env.int("OPENLINE_ENGINE_THREADS", default=2)

# --- evidence and mail ------------------------------------------------------------------------------------------------
EVIDENCE_DIR = Path(env.str("OPENLINE_EVIDENCE_DIR", default=str(DATA_DIR / "evidence")))
SCAN_COMMAND = env.str("OPENLINE_SCAN_COMMAND", default="")
"""A virus scanner that is run with the path of each uploaded file; anything but exit code 0 refuses the file."""
vars().update(env.email_url("OPENLINE_EMAIL_URL", default="dummymail://"))
DEFAULT_FROM_EMAIL = env.str("OPENLINE_MAIL_FROM", default="openline@localhost")

# --- Redis: the jobs' broker and the cache that all processes share; without it both live on this machine -------------
REDIS_URL = env.str("OPENLINE_REDIS_URL", default="")
CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.redis.RedisCache",
        "LOCATION": REDIS_URL,
        "KEY_PREFIX": "openline",
        # Whoever uses the cache goes on without it; a request must not hang on a Redis that is gone.
        "OPTIONS": {"socket_connect_timeout": 1, "socket_timeout": 1},
    }
    if REDIS_URL
    else {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}
}

# --- the jobs (Celery) ------------------------------------------------------------------------------------------------
BROKER_DIR = DATA_DIR / "broker"
CELERY_BROKER_URL = REDIS_URL or "filesystem://"
if REDIS_URL:
    CELERY_BROKER_TRANSPORT_OPTIONS: dict[str, object] = {
        "socket_connect_timeout": 5,
        "socket_timeout": 30,
        "visibility_timeout": 3_600,
    }
else:
    (BROKER_DIR / "control").mkdir(parents=True, exist_ok=True)
    CELERY_BROKER_TRANSPORT_OPTIONS = {
        "data_folder_in": str(BROKER_DIR),
        "data_folder_out": str(BROKER_DIR),
        "control_folder": str(BROKER_DIR / "control"),
        "polling_interval": 0.5,
    }
CELERY_TASK_PUBLISH_RETRY_POLICY = {"max_retries": 2, "interval_start": 0, "interval_step": 0.2, "interval_max": 0.5}
CELERY_WORKER_MAX_MEMORY_PER_CHILD = 1_900_000  # kilobytes: one that has grown beyond is replaced after its task
CELERY_WORKER_CANCEL_LONG_RUNNING_TASKS_ON_CONNECTION_LOSS = False  # a step goes on while the broker is gone
CELERY_TASK_IGNORE_RESULT = True  # runs and their steps are rows; nobody reads Celery's results
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_TIMEZONE = env.str("OPENLINE_TIME_ZONE", default="Asia/Shanghai")
CELERY_BEAT_SCHEDULER = "django_celery_beat.schedulers:DatabaseScheduler"
RUN_LEASE_SECONDS = env.int("OPENLINE_RUN_LEASE_SECONDS", default=60)
"""A worker that was not heard from for so long has lost its step: another one takes it."""

# --- webhooks ---------------------------------------------------------------------------------------------------------
WEBHOOKS_TO_PRIVATE_ADDRESSES = env.bool("OPENLINE_WEBHOOKS_TO_PRIVATE_ADDRESSES", default=EMBEDDED)
"""Whether webhooks may be sent to addresses that are not public. Embedded, a receiver on this machine is the usual."""

# --- the HTTP API -----------------------------------------------------------------------------------------------------
REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "shops.api.authentication.ServiceTokenAuthentication",
        "rest_framework.authentication.SessionAuthentication",
    ],
    "DEFAULT_PERMISSION_CLASSES": ["shops.api.permissions.DenyAll"],  # each view says whom it admits
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["rest_framework.parsers.JSONParser"],
    "DEFAULT_THROTTLE_CLASSES": ["shops.api.throttles.TokenThrottle"],
    "DEFAULT_PAGINATION_CLASS": "shops.api.pagination.CursorPages",
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "EXCEPTION_HANDLER": "shops.api.problems.answer_problem",
}
SPECTACULAR_SETTINGS = {
    "TITLE": "Openline",
    "DESCRIPTION": "The back office with which a marketplace keeps the line between buyers and shops open.",
    "VERSION": "1",
    "SERVE_INCLUDE_SCHEMA": False,
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    "REDOC_DIST": "SIDECAR",
    "ENUM_NAME_OVERRIDES": {
        "ComplaintState": "complaints.models.complaint.Complaint.State",
        "ComplaintKind": "complaints.models.complaint.Complaint.Kind",
        "PolicyState": ["in_force", "to_come", "past", "replaced"],
        "AppealState": "governance.models.appeal.Appeal.State",
        "PenaltyKind": "governance.models.penalty.Penalty.Kind",
        "EvidenceKind": "complaints.models.evidence.Evidence.Kind",
    },
}

# --- logs -------------------------------------------------------------------------------------------------------------
LOGGING = configure_logs(is_readable=EMBEDDED, level=env.str("OPENLINE_LOG_LEVEL", default="INFO"))
DJANGO_STRUCTLOG_CELERY_ENABLED = True
DJANGO_STRUCTLOG_IP_LOGGING_ENABLED = False
DJANGO_STRUCTLOG_STATUS_START_LOG_LEVEL = logging.DEBUG
DJANGO_STRUCTLOG_STATUS_4XX_LOG_LEVEL = logging.INFO
DJANGO_STRUCTLOG_CELERY_TASK_START_LOG_LEVEL = logging.DEBUG
DJANGO_STRUCTLOG_CELERY_TASK_FAILURE_LOG_LEVEL = logging.ERROR

# --- Django -----------------------------------------------------------------------------------------------------------
INSTALLED_APPS = [
    "unfold",
    "unfold.contrib.filters",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "rest_framework",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "django_celery_beat",
    "django_structlog",
    "governance.config",
    "complaints",
    "governance",
    "shops",
]
MIDDLEWARE = [
    "governance.config.probes.Probes",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "governance.config.request_log.RequestLog",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
]
ROOT_URLCONF = "governance.config.urls"
WSGI_APPLICATION = "governance.config.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.template.context_processors.i18n",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "governance.config.demo_notice.demo_notice",
            ]
        },
    }
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in ("UserAttributeSimilarityValidator", "MinimumLengthValidator", "CommonPasswordValidator")
]
LOGIN_URL = "login"
LOGIN_REDIRECT_URL = "home"
LOGOUT_REDIRECT_URL = "login"

LANGUAGE_CODE = "en"
LANGUAGES = [("zh-hans", "简体中文"), ("en", "English")]
LOCALE_PATHS = [BASE_DIR / "locale"]
FORMAT_MODULE_PATH = "governance.config.formats"
USE_I18N = True
USE_TZ = True
TIME_ZONE = env.str("OPENLINE_TIME_ZONE", default="Asia/Shanghai")
"""The platform's own time zone: what staff pages show. Shops have their own."""

STATIC_URL = "static/"
STATIC_ROOT = BASE_DIR / "staticfiles"
STATICFILES_DIRS = [BASE_DIR / "static"]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
# A trial serves static files from where they lie, without collecting them first and without reading them all at start.
WHITENOISE_USE_FINDERS = EMBEDDED
WHITENOISE_AUTOREFRESH = EMBEDDED

# --- security: everything strict unless the embedded mode needs plain http --------------------------------------------
SECURE_SSL_REDIRECT = not EMBEDDED
SECURE_HSTS_SECONDS = 0 if EMBEDDED else 31_536_000
SECURE_HSTS_INCLUDE_SUBDOMAINS = not EMBEDDED
SECURE_HSTS_PRELOAD = not EMBEDDED
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if env.bool("OPENLINE_BEHIND_PROXY", False) else None
SESSION_COOKIE_SECURE = not EMBEDDED
CSRF_COOKIE_SECURE = not EMBEDDED
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"

# --- the admin's looks ------------------------------------------------------------------------------------------------
UNFOLD = {
    "SITE_TITLE": _("Openline"),
    "SITE_HEADER": _("Openline"),
    "SITE_SUBHEADER": _("Keeping the line open"),
    "SITE_ICON": lambda _request: static("openline/mark.svg"),
    "SITE_FAVICONS": [
        {"rel": "icon", "type": "image/svg+xml", "href": lambda _request: static("openline/mark.svg")},
    ],
    "SHOW_LANGUAGES": True,
    "SHOW_HISTORY": True,
    "SHOW_VIEW_ON_SITE": False,
    "BORDER_RADIUS": "8px",
    "STYLES": [lambda _request: static("openline/openline.css"), lambda _request: static("openline/admin.css")],
    "DASHBOARD_CALLBACK": "governance.config.dashboard.dashboard",
    "SIDEBAR": {
        "show_search": False,
        "show_all_applications": False,
        "navigation": "governance.config.navigation.navigation",
    },
    "COLORS": {
        "primary": {
            "50": "oklch(97% .014 268)",
            "100": "oklch(94% .03 268)",
            "200": "oklch(89% .058 268)",
            "300": "oklch(82% .1 268)",
            "400": "oklch(71% .155 268)",
            "500": "oklch(62% .2 267)",
            "600": "oklch(54% .22 267)",
            "700": "oklch(48% .21 267)",
            "800": "oklch(42% .18 267)",
            "900": "oklch(37% .14 267)",
            "950": "oklch(28% .09 267)",
        },
    },
}
