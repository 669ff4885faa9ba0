// Remembers unfinished uploads in this browser, so that they go on after a reload. One person's list is not
// shown to the next who signs in at the same counter, and nothing but the file's name and size is kept.

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
