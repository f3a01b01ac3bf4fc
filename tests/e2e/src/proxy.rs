//! A company's proxy: tunnels by CONNECT to the hosts that it knows, resolves their names itself, and may require a login.

use std::collections::BTreeMap;
use std::io::{self, Read as _, Write as _};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex, PoisonError};

use base64::Engine as _;

/// Longest head of a request, in bytes.
const LONGEST_HEAD: usize = 16 << 10;

/// A proxy on loopback. Its thread ends with the process.
pub struct CompanyProxy {
    address: SocketAddr,
    asked: Arc<Mutex<Vec<String>>>,
}

struct Rules {
    /// The address of each name, for any port.
    hosts: BTreeMap<String, SocketAddr>,
    /// The required `Proxy-Authorization`.
    authorization: Option<String>,
}

impl CompanyProxy {
    /// Starts a proxy that knows these names. With a login, it refuses clients without this user name and password (407).
    ///
    /// # Errors
    /// No port is free.
    pub fn start(hosts: &[(&str, SocketAddr)], login: Option<(&str, &str)>) -> io::Result<Self> {
        let rules = Arc::new(Rules {
            hosts: hosts
                .iter()
                .map(|(name, address)| ((*name).to_owned(), *address))
                .collect(),
            authorization: login.map(|(user, password)| {
                let told = base64::engine::general_purpose::STANDARD.encode(format!("{user}:{password}"));
                format!("Basic {told}")
            }),
        });
        let listener = TcpListener::bind("127.0.0.1:0")?;
        let address = listener.local_addr()?;
        let asked = Arc::new(Mutex::new(Vec::new()));
        let heard = Arc::clone(&asked);
        std::thread::spawn(move || {
            for client in listener.incoming().flatten() {
                let (rules, heard) = (Arc::clone(&rules), Arc::clone(&heard));
                // A client may go away at any time.
                std::thread::spawn(move || serve(client, &rules, &heard));
            }
        });
        Ok(Self { address, asked })
    }

    /// `http://127.0.0.1:PORT`.
    #[must_use]
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// The address it listens on.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// The targets that it connected to: `graph.contoso.test:443`.
    #[must_use]
    pub fn asked(&self) -> Vec<String> {
        self.asked.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

fn serve(mut client: TcpStream, rules: &Rules, heard: &Mutex<Vec<String>>) -> io::Result<()> {
    let head = read_head(&mut client)?;
    let mut lines = head.split("\r\n");
    let mut words = lines.next().unwrap_or_default().split(' ');
    let (method, target) = (words.next().unwrap_or_default(), words.next().unwrap_or_default());
    let told = lines.find_map(|line| {
        let (name, value) = line.split_once(':')?;
        name.eq_ignore_ascii_case("proxy-authorization")
            .then(|| value.trim().to_owned())
    });
    let host = target.rsplit_once(':').map_or(target, |(host, _)| host);
    let status = match rules.hosts.get(host) {
        _ if rules.authorization.is_some() && told != rules.authorization => {
            "407 Proxy Authentication Required\r\nproxy-authenticate: Basic realm=\"corp\""
        }
        Some(address) if method == "CONNECT" => {
            let server = TcpStream::connect(address)?;
            heard
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .push(target.to_owned());
            client.write_all(b"HTTP/1.1 200 Connection established\r\n\r\n")?;
            return between(client, server);
        }
        _ => "403 Forbidden",
    };
    write!(client, "HTTP/1.1 {status}\r\ncontent-length: 0\r\n\r\n")
}

fn read_head(client: &mut TcpStream) -> io::Result<String> {
    let mut head = Vec::new();
    let mut byte = [0];
    // Byte by byte, because what follows belongs to the tunnel.
    while !head.ends_with(b"\r\n\r\n") && head.len() < LONGEST_HEAD {
        client.read_exact(&mut byte)?;
        head.extend_from_slice(&byte);
    }
    Ok(String::from_utf8_lossy(&head).into_owned())
}

/// Carries bytes both ways until both sides have ended.
fn between(client: TcpStream, server: TcpStream) -> io::Result<()> {
    let (mut from_client, mut to_server) = (client.try_clone()?, server.try_clone()?);
    let up = std::thread::spawn(move || {
        let _ = io::copy(&mut from_client, &mut to_server);
        let _ = to_server.shutdown(Shutdown::Write);
    });
    let (mut from_server, mut to_client) = (server, client);
    let _ = io::copy(&mut from_server, &mut to_client);
    let _ = to_client.shutdown(Shutdown::Write);
    let _ = up.join();
    Ok(())
}
