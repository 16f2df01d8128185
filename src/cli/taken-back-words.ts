// What `remove --email` says besides of keys and passkeys, also when there was none: whoever sent a link to the wrong place takes it back
// like this.

export const takenBackWords = 'invitations for this address that were not used yet are over\n';
