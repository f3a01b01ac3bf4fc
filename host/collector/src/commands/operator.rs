//! Who works at the command line, according to the operating system. The environment (`USER`, `SUDO_USER`) does not count: anybody can
//! set it to any name.

/// The account that signed in, and the account that it works as if that differs: `ada`, `ada as root`. None on systems other than Unix.
#[cfg(unix)]
pub(super) fn name() -> Option<String> {
    let real = nix::unistd::getuid().as_raw();
    Some(described(signed_in().unwrap_or(real), real, account))
}

#[cfg(not(unix))]
pub(super) fn name() -> Option<String> {
    None
}

#[cfg(unix)]
fn described(signed_in: u32, real: u32, account: impl Fn(u32) -> String) -> String {
    if signed_in == real {
        account(real)
    } else {
        format!("{} as {}", account(signed_in), account(real))
    }
}

/// The user who signed in to this session, whom the kernel remembers through `sudo` and `su`. None in a service or a container, where
/// nobody signed in.
#[cfg(unix)]
fn signed_in() -> Option<u32> {
    parsed(&std::fs::read_to_string("/proc/self/loginuid").ok()?)
}

#[cfg(unix)]
fn parsed(loginuid: &str) -> Option<u32> {
    /// The kernel's word for nobody.
    const NOBODY: u32 = u32::MAX;
    loginuid.trim().parse().ok().filter(|user| *user != NOBODY)
}

/// The name of a user's account, or the user's number if there is none.
#[cfg(unix)]
fn account(user: u32) -> String {
    match nix::unistd::User::from_uid(user.into()) {
        Ok(Some(user)) => collector_model::text::plain(&user.name).into_owned(),
        Ok(None) | Err(_) => format!("user {user}"),
    }
}

#[cfg(test)]
#[cfg(unix)]
mod tests {
    use super::*;

    #[test]
    fn who_signed_in_is_named_before_whom_they_work_as() {
        let account = |user: u32| {
            ["root", "ada"]
                .get(user as usize)
                .map_or("?", |name| name)
                .to_owned()
        };
        assert_eq!(described(1, 1, account), "ada");
        assert_eq!(described(1, 0, account), "ada as root");
        assert_eq!(described(0, 0, account), "root");
    }

    #[test]
    fn the_kernel_says_who_signed_in_or_that_nobody_did() {
        assert_eq!(parsed("1000"), Some(1000));
        assert_eq!(parsed("0\n"), Some(0));
        assert_eq!(parsed("4294967295"), None);
        assert_eq!(parsed(""), None);
    }

    #[test]
    fn an_account_is_named_and_a_user_without_one_has_a_number() {
        assert_eq!(account(0), "root");
        assert_eq!(account(3_999_999_999), "user 3999999999");
    }
}
