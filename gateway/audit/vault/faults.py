"""What can go wrong with content that is kept.

VaultFault
├── NoKey      the key is not there: destroyed, or never made
├── Missing    the ciphertext is not there though its key is
├── Altered    the ciphertext is not what was written
└── Held       a legal hold forbids it
"""

from gateway.core.errors import RecordFault


class VaultFault(RecordFault):
    """Content could not be kept, read or erased."""


class NoKey(VaultFault):
    """The key is not there: destroyed, or never made."""


class Missing(VaultFault):
    """The ciphertext is not there though its key is."""


class Altered(VaultFault):
    """The ciphertext is not what was written, or not of what it is said to be."""


class Held(VaultFault):
    """A legal hold forbids it; the message names the hold."""
