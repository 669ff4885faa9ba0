"""Whom to count as one when somebody is known by a network address only."""

from ipaddress import IPv6Address, ip_address


def network_of(address: str | None) -> str:
    """The address itself; of IPv6 the /64, since one line has that many addresses to come from."""
    try:
        known = ip_address(address or "")
    except ValueError:
        return address or ""
    if not isinstance(known, IPv6Address):
        return str(known)
    if known.ipv4_mapped is not None:
        return str(known.ipv4_mapped)
    return str(IPv6Address(int(known) >> 64 << 64)) + "/64"
