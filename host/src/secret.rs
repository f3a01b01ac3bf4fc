//! stub
#![allow(missing_docs)]
#[derive(Debug, Clone)] pub struct AuthorizationFailure{pub status:u16,pub error:String,pub description:String,pub codes:Vec<u32>}
#[derive(Debug, Clone)] pub enum SecretError { NotFound(String), Denied(String), Authorization(AuthorizationFailure), Unavailable(String) }
