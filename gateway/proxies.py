"""Who a trusted proxy says is asking: it has signed people in, with OpenID Connect for instance, and names them."""

import ipaddress

from starlette.datastructures import Headers

from mycoderai.schemas.errors import ConfigError
from mycoderai.schemas.settings import Settings
from mycoderai.schemas.web.access import ROLES, Me, Role

GROUP = "group:"
EVERYBODY = "*"
Network = ipaddress.IPv4Network | ipaddress.IPv6Network


class Proxies:
    """The addresses that are believed, and what their users may do. Raises ConfigError for half a configuration."""

    def __init__(self, settings: Settings) -> None:
        self._user_header = settings.gateway_user_header.lower()
        self._groups_header = settings.gateway_groups_header.lower()
        self._roles = settings.gateway_roles
        self._networks = tuple(map(_network, settings.gateway_proxies))
        if bool(self._networks) != bool(self._user_header):
            raise ConfigError(
                "a trusted proxy needs both gateway_proxies and gateway_user_header", "set both, or neither"
            )

    @property
    def configured(self) -> bool:
        return bool(self._networks)

    def trusts(self, host: str) -> bool:
        try:
            address = ipaddress.ip_address(host)
        except ValueError:
            return False
        plain = getattr(address, "ipv4_mapped", None) or address
        return any(plain in network for network in self._networks)

    def me(self, headers: Headers) -> Me | None:
        """The user the proxy names, if that user may do anything. What is said twice is not believed: the client may
        have said one of them, and the proxy only added its own."""
        names, several = headers.getlist(self._user_header), headers.getlist(self._groups_header)
        if len(names) != 1 or len(several) > 1:
            return None
        name, groups = names[0].strip(), "".join(several)
        role = self.role_of(name, [group.strip() for group in groups.split(",")]) if name else None
        return Me(name=name[:100], role=role, by="proxy") if role else None

    def role_of(self, name: str, groups: list[str]) -> Role | None:
        """The highest of what the user and the user's groups may do."""
        keys = ("" if name.startswith(GROUP) else name, EVERYBODY, *(GROUP + group for group in groups if group))
        found = [self._roles[key] for key in keys if key in self._roles]
        return max(found, key=ROLES.index, default=None)

    def client_address(self, host: str, headers: Headers) -> str:
        """Whose request it is: the last address that no proxy of ours has."""
        told = ",".join(headers.getlist("x-forwarded-for"))
        hops = [hop.strip() for hop in told.split(",") if hop.strip()]
        while hops and self.trusts(host):
            host = hops.pop()
        return host[:100]


def _network(text: str) -> Network:
    try:
        return ipaddress.ip_network(text, strict=False)
    except ValueError as err:
        raise ConfigError(
            f"gateway_proxies: {text!r} is no address or network", "such as 10.0.0.5 or 10.1.0.0/16"
        ) from err
