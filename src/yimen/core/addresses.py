"""Where a request comes from, as far as it matters for slowing it down."""

import ipaddress


def address_key(address: str | None) -> str:
    """The network address that is slowed down; of IPv6 the /64, which one household has whole."""
    try:
        parsed = ipaddress.ip_address(address or "")
    except ValueError:
        return "unknown"
    if isinstance(parsed, ipaddress.IPv4Address):
        return str(parsed)
    if parsed.ipv4_mapped is not None:
        return str(parsed.ipv4_mapped)
    return str(ipaddress.ip_network((parsed.packed[:8] + bytes(8), 64)))
