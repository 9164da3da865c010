"""The demo: a seeded, synthetic marketplace that shows the whole of Openline to somebody who has no data of their own.

`plan` decides who exists, `talk` what they say, `storing` puts both through the real doors, `printing` says what came
of it. Nothing here judges: the grades and standings follow from the same code that serves a real marketplace.
"""
