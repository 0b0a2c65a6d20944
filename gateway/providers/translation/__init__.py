"""Translation between dialects.

litellm knows how one dialect is said in the other. Only its pure conversions are used: the network
stays with the client that is given, so timeouts, cancellation, credentials and faults
are the same as everywhere, and nothing is sent that was not checked. It is imported when the first
translator is made, never with this package.
"""

from gateway.core.errors import ConfigError
from gateway.providers.client import UpstreamClient
from gateway.providers.translation.client import TranslatingClient
from gateway.providers.translation.library import load, unusable


def make_translator(client: UpstreamClient) -> UpstreamClient:
    """The translating client over ``client``. Takes seconds the first time: call it in a thread.

    Raises:
        UpstreamError: litellm is not installed, or in a version that must not run.
    """
    return TranslatingClient(client, load())


def check_translation() -> None:
    """Say at start, without the cost of the import, whether translation can work.

    Raises:
        ConfigError: litellm is not installed, or in a version that must not run.
    """
    reason = unusable()
    if reason:
        raise ConfigError(reason)
