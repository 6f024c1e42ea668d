"""Who may send: addresses and networks."""

import ipaddress
from collections.abc import Iterable, Sequence

Network = ipaddress.IPv4Network | ipaddress.IPv6Network

_MOST_REMEMBERED = 10_000


def network(text: str) -> Network | None:
    """The network of ``10.0.0.0/8``, or of one address; None if it is none."""
    try:
        return ipaddress.ip_network(text, strict=False)
    except ValueError:
        return None


class Senders:
    """Those whose messages are taken: all, or those of some networks."""

    def __init__(self, allow: Iterable[str]) -> None:
        """`allow` are texts of which `network` makes something."""
        self._networks: Sequence[Network] = [one for one in map(network, allow) if one is not None]
        self._known: dict[str, bool] = {}
        self.refused = 0
        """Datagrams and connections of others."""

    def may_send(self, address: str) -> bool:
        """Whether messages from this address are taken; counts those that are not."""
        if not self._networks:
            return True
        allowed = self._known.get(address)
        if allowed is None:
            if len(self._known) >= _MOST_REMEMBERED:  # addresses of datagrams may be invented
                self._known.clear()
            allowed = self._known[address] = self._is_within(address)
        self.refused += not allowed
        return allowed

    def _is_within(self, address: str) -> bool:
        try:
            found = ipaddress.ip_address(address.partition("%")[0])
        except ValueError:
            return False
        if isinstance(found, ipaddress.IPv6Address) and found.ipv4_mapped is not None:
            found = found.ipv4_mapped
        return any(found in one for one in self._networks)
