"""The channels that a shop can set up. One without its secret does not start: its setup refuses it."""

from bot.channels.base import Kind
from bot.channels.email.channel import KIND as EMAIL
from bot.channels.messenger.channel import KIND as MESSENGER
from bot.channels.telegram.channel import KIND as TELEGRAM
from bot.channels.whatsapp.channel import KIND as WHATSAPP
from bot.channels.zalo.channel import KIND as ZALO

KINDS: tuple[Kind, ...] = (TELEGRAM, WHATSAPP, MESSENGER, ZALO, EMAIL)
