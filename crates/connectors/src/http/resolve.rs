//! Names to addresses, without those in private networks.

use std::net::SocketAddr;

use reqwest::dns::{Addrs, Name, Resolve, Resolving};

use super::Options;

type BoxError = Box<dyn std::error::Error + Send + Sync>;

/// The host lies in a private network. Does not tell its address: that would map the network.
#[derive(Debug, thiserror::Error)]
#[error(
    "{host} lies in a private network, which bots may not reach. If that is wanted, start the server with CODEX32_ALLOW_PRIVATE_NETWORKS=true."
)]
pub struct Refused {
    pub host: String,
}

pub struct GuardedResolver {
    pub options: Options,
}

impl Resolve for GuardedResolver {
    fn resolve(&self, name: Name) -> Resolving {
        let options = self.options.clone();
        Box::pin(async move {
            // Port 0: the client puts its own.
            let addresses = lookup(name.as_str(), 0, &options).await?;
            Ok(Box::new(addresses.into_iter()) as Addrs)
        })
    }
}

/// The public addresses of a host; [`Refused`] when it has private ones only.
pub async fn lookup(host: &str, port: u16, options: &Options) -> Result<Vec<SocketAddr>, BoxError> {
    let mut addresses: Vec<SocketAddr> = tokio::net::lookup_host((host, port)).await?.collect();
    let found = addresses.len();
    addresses.retain(|address| options.permits(address.ip()));
    if addresses.is_empty() && found > 0 {
        return Err(Box::new(Refused { host: host.to_owned() }));
    }
    if addresses.is_empty() {
        return Err("the name has no address".into());
    }
    Ok(addresses)
}
