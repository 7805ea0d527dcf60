//! How connections to databases are encrypted.

use std::sync::Arc;

use codex32_model::codes::connector as codes;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::CryptoProvider;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{ClientConfig, DigitallySignedStruct, RootCertStore, SignatureScheme};

use crate::credentials::Credentials;
use crate::failure::Failure;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    Verify,
    Require,
    None,
}

pub fn mode(credentials: &Credentials) -> Mode {
    match credentials.get("tls") {
        Some("none") => Mode::None,
        Some("require") => Mode::Require,
        _ => Mode::Verify,
    }
}

/// The certificates that the connection trusts instead of the public ones.
pub fn authority(credentials: &Credentials) -> Option<&str> {
    credentials.get("ca")
}

fn fields(message: &str) -> Failure {
    Failure::new(codes::CONNECTION_FIELDS, message)
}

pub fn config(credentials: &Credentials) -> Result<ClientConfig, Failure> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let builder = ClientConfig::builder_with_provider(Arc::clone(&provider))
        .with_safe_default_protocol_versions()
        .map_err(|_| fields("Encryption is not available."))?;
    if mode(credentials) == Mode::Require {
        let unchecked = Arc::new(Unchecked(provider));
        let builder = builder.dangerous().with_custom_certificate_verifier(unchecked);
        return Ok(builder.with_no_client_auth());
    }
    let mut roots = RootCertStore::empty();
    match authority(credentials) {
        Some(pem) => {
            for certificate in CertificateDer::pem_slice_iter(pem.as_bytes()) {
                let added = certificate.ok().and_then(|found| roots.add(found).ok());
                added.ok_or_else(|| fields("`ca` holds no certificates in PEM."))?;
            }
            if roots.is_empty() {
                return Err(fields("`ca` holds no certificates in PEM."));
            }
        }
        None => roots.extend(webpki_roots::TLS_SERVER_ROOTS.iter().cloned()),
    }
    Ok(builder.with_root_certificates(roots).with_no_client_auth())
}

/// Takes any certificate, as `require` says: nobody can listen, but somebody could stand between.
#[derive(Debug)]
struct Unchecked(Arc<CryptoProvider>);

impl ServerCertVerifier for Unchecked {
    fn verify_server_cert(
        &self,
        _: &CertificateDer<'_>,
        _: &[CertificateDer<'_>],
        _: &ServerName<'_>,
        _: &[u8],
        _: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        let known = &self.0.signature_verification_algorithms;
        rustls::crypto::verify_tls12_signature(message, certificate, signed, known)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        let known = &self.0.signature_verification_algorithms;
        rustls::crypto::verify_tls13_signature(message, certificate, signed, known)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.0.signature_verification_algorithms.supported_schemes()
    }
}
