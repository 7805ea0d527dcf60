//! Who asks. Every store call takes a [`Scope`] first, so that no query can forget its workspace.

use crate::ids::{ActorId, WorkspaceId};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Scope {
    pub workspace: WorkspaceId,
    pub actor: ActorId,
}

impl Scope {
    pub const fn new(workspace: WorkspaceId, actor: ActorId) -> Self {
        Self { workspace, actor }
    }
}
