// Remembers unfinished uploads in this browser, so that they go on after a reload. One person's list is not
// shown to the next who signs in at the same counter, and nothing but the file's name and size is kept.

const ENDS = 64 * 1024;

/**
 * What this browser knows a file by when it is chosen again. Beside name, size and time it looks at the file's two
 * ends: a part of one file must not be continued with bytes of another that only looks alike.
 */
export async function fingerprint(file) {
  const ends = new Blob([file.slice(0, ENDS), file.slice(Math.max(ENDS, file.size - ENDS))]);
  let [a, b] = [0x811c9dc5, 0x9e3779b1];
  for (const byte of new Uint8Array(await ends.arrayBuffer())) {
    a = Math.imul(a ^ byte, 0x01000193);
    b = Math.imul(b ^ byte, 0x85ebca6b);
  }
  return [file.name, file.type, file.size, file.lastModified, a >>> 0, b >>> 0].join("-");
}

const DAY = 24 * 3600 * 1000;

export class UploadMemory {
  constructor(owner, days) {
    this.prefix = `upload::${owner}::`;
    this.days = days;
  }

  #entries(prefix) {
    const found = [];
    for (const key of Object.keys(localStorage).filter((name) => name.startsWith(prefix))) {
      try {
        const entry = JSON.parse(localStorage.getItem(key));
        if (Date.now() - new Date(entry.creationTime) < this.days * DAY) found.push({ ...entry, urlStorageKey: key });
        else localStorage.removeItem(key);
      } catch {
        localStorage.removeItem(key); // not ours, or written by half
      }
    }
    return found.sort((a, b) => new Date(b.creationTime) - new Date(a.creationTime));
  }

  async findAllUploads() {
    return this.#entries(this.prefix);
  }

  async findUploadsByFingerprint(fingerprint) {
    return this.#entries(`${this.prefix}${fingerprint}::`);
  }

  async removeUpload(key) {
    localStorage.removeItem(key);
  }

  /** Forgets the upload at this address: what became of it is known. */
  forget(url) {
    for (const { uploadUrl, urlStorageKey } of this.#entries(this.prefix)) {
      if (uploadUrl === url) localStorage.removeItem(urlStorageKey);
    }
  }

  async addUpload(fingerprint, { size, creationTime, uploadUrl, metadata }) {
    const key = `${this.prefix}${fingerprint}::${crypto.getRandomValues(new Uint32Array(2)).join("")}`;
    const kept = { size, creationTime, uploadUrl, parallelUploadUrls: null, metadata: { filename: metadata.filename } };
    try {
      localStorage.setItem(key, JSON.stringify(kept));
    } catch {
      // A full or forbidden store only means that a reload begins anew.
    }
    return key;
  }
}
