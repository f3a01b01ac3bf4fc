//! stub
#![allow(missing_docs)]
use url::Url;
#[derive(Debug, Clone, PartialEq, Eq)] pub struct Origin(String);
#[derive(Debug, thiserror::Error)] #[error("e")] pub struct OriginError;
impl std::str::FromStr for Origin { type Err = OriginError; fn from_str(s: &str) -> Result<Self, OriginError> { Ok(Self(s.into())) } }
#[derive(Debug, Clone)] pub struct Grants(Vec<Origin>);
#[derive(Debug, thiserror::Error)] #[error("d")] pub struct Denied;
impl Grants { pub fn new(i: impl IntoIterator<Item=Origin>) -> Self { Self(i.into_iter().collect()) } pub fn check(&self, _: &Url) -> Result<&Origin, Denied> { self.0.first().ok_or(Denied) } pub fn iter(&self) -> impl Iterator<Item=&Origin> { self.0.iter() } }
