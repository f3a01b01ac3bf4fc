//! Which hosts are this machine: where plain text is allowed, because nobody else can read it.

use std::net::IpAddr;

/// Whether a name or an address, as a URL, a setting or a `Host` header writes it, is this machine. An IPv6 address may have brackets.
pub fn is_this_machine(host: &str) -> bool {
    let address = host
        .strip_prefix('[')
        .and_then(|host| host.strip_suffix(']'))
        .unwrap_or(host);
    is_localhost(host) || address.parse().is_ok_and(is_loopback)
}

/// Whether a name is `localhost`, in any case, also fully qualified (`localhost.`). A name below it is not: DNS could say otherwise.
pub fn is_localhost(name: &str) -> bool {
    name.strip_suffix('.')
        .unwrap_or(name)
        .eq_ignore_ascii_case("localhost")
}

/// Whether an address is a loopback address, also one of IPv4 that is written as IPv6 (`::ffff:127.0.0.1`), which reaches the same machine.
pub fn is_loopback(address: IpAddr) -> bool {
    address.to_canonical().is_loopback()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn this_machine_has_a_name_and_addresses() {
        for host in [
            "localhost",
            "LocalHost",
            "localhost.",
            "127.0.0.1",
            "127.255.255.254",
            "::1",
            "[::1]",
            "0:0:0:0:0:0:0:1",
            "::ffff:127.0.0.1",
            "[::ffff:7f00:1]",
        ] {
            assert!(is_this_machine(host), "{host}");
        }
    }

    #[test]
    fn nothing_else_is_this_machine() {
        for host in [
            "",
            ".",
            "localhost..",
            ".localhost",
            "a.localhost",
            "localhost.example.com",
            "[localhost]",
            "127.0.0.1.example.com",
            "127.0.0.1.",
            "[127.0.0.1",
            "[[::1]]",
            "128.0.0.1",
            "0.0.0.0",
            "10.0.0.1",
            "169.254.169.254",
            "::",
            "::2",
            "fe80::1",
            "::127.0.0.1",
            "::ffff:10.0.0.1",
        ] {
            assert!(!is_this_machine(host), "{host}");
        }
    }
}
