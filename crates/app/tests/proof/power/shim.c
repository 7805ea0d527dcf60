/* A disk that remembers what was flushed, preloaded into the server (LD_PRELOAD).
 *
 * `kill -9` keeps the page cache, so it cannot show that a commit was flushed. This records every
 * change to files below POWER_FOLDER, and every flush, in the order in which they happened, in the file
 * POWER_LOG. The test then rebuilds the folder as a disk would have it after a power cut (disk.rs).
 * Flushes are recorded and not done: the log is what counts, and it outlives the process.
 *
 * A change is recorded under one lock together with being done, so that the order is the real one. A
 * flush is recorded when it returns, and covers what was recorded before it began.
 *
 * POWER_LIES=1: flushes return and are not recorded, as on a disk that lies.
 * POWER_FULL=FILE: while that file exists, writes below the folder fail with ENOSPC.
 *
 * Not recorded: the write-ahead log's index (`-shm`), shared memory that SQLite makes anew.
 *
 * A record: kind, path length (u16), file id (u32), offset (u64), length (u64), path, data.
 *   'o' file id = path (made or opened)   'n' made: an entry in its folder that is not flushed yet
 *   'w' write   't' cut to length   'b' flush began   's' flush ended (offset: number of its 'b')
 *   'd' a folder was flushed   'u' unlinked   'r' renamed, 'l' linked (path NUL new path)
 *   'a' 'e' written by the test: a run was answered, an effect arrived (path: what)
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#define MOST 65536

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_once_t once = PTHREAD_ONCE_INIT;
static char folder[4096], full_file[4096];
static size_t folder_length;
static int log_fd = -1, lies;
/* By file descriptor: 0 not ours, 1 a folder of ours, else file id + 1. */
static uint32_t ours[MOST];
static struct { dev_t dev; ino_t ino; } files[MOST];
static uint32_t file_count = 1;
static uint64_t flushes;

static void start(void) {
  const char *in = getenv("POWER_FOLDER"), *log = getenv("POWER_LOG"), *full = getenv("POWER_FULL");
  if (!in || !log || !realpath(in, folder)) return;
  folder_length = strlen(folder);
  if (full) snprintf(full_file, sizeof full_file, "%s", full);
  const char *lie = getenv("POWER_LIES");
  lies = lie && *lie == '1';
  /* Only the server itself is watched: its children write nothing there. */
  unsetenv("LD_PRELOAD");
  log_fd = (int)syscall(SYS_openat, AT_FDCWD, log, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
  if (log_fd >= 0) {
    int high = fcntl(log_fd, F_DUPFD_CLOEXEC, 900);
    if (high >= 0) { syscall(SYS_close, log_fd); log_fd = high; }
  }
}

static void record(char kind, uint32_t file, uint64_t offset, const void *data, uint64_t length,
                   const char *path, size_t path_length) {
  unsigned char head[23];
  uint16_t short_length = (uint16_t)path_length;
  head[0] = (unsigned char)kind;
  memcpy(head + 1, &short_length, 2);
  memcpy(head + 3, &file, 4);
  memcpy(head + 7, &offset, 8);
  memcpy(head + 15, &length, 8);
  struct iovec parts[3] = {
    { head, sizeof head }, { (void *)path, path_length }, { (void *)data, data ? length : 0 } };
  size_t want = sizeof head + path_length + (data ? length : 0);
  /* A log with a hole proves nothing: better no server at all. */
  if (syscall(SYS_writev, log_fd, parts, 3) != (long)want) abort();
}

/* The path below the folder, or NULL if it is not ours. */
static const char *below(const char *path, char *buffer) {
  if (log_fd < 0 || !path) return NULL;
  if (path[0] != '/') {
    char here[4096];
    if (!getcwd(here, sizeof here)) return NULL;
    if (snprintf(buffer, 8192, "%s/%s", here, path) >= 8192) return NULL;
  } else if (snprintf(buffer, 8192, "%s", path) >= 8192) {
    return NULL;
  }
  /* The folder of the file is made canonical; the file itself may not be there. */
  char *slash = strrchr(buffer, '/'), real[4096];
  if (!slash) return NULL;
  if (strcmp(buffer, folder) == 0) return "";
  char name[4096];
  snprintf(name, sizeof name, "%s", slash + 1);
  *slash = 0;
  if (!realpath(*buffer ? buffer : "/", real)) return NULL;
  snprintf(buffer, 8192, "%s/%s", real, name);
  if (strncmp(buffer, folder, folder_length) != 0 || buffer[folder_length] != '/') return NULL;
  const char *inside = buffer + folder_length + 1;
  size_t length = strlen(inside);
  if (length > 4 && strcmp(inside + length - 4, "-shm") == 0) return NULL;
  return inside;
}

static int opened(const char *path, int flags, mode_t mode) {
  pthread_once(&once, start);
  char buffer[8192];
  const char *inside = below(path, buffer);
  if (!inside) return (int)syscall(SYS_openat, AT_FDCWD, path, flags, mode);
  pthread_mutex_lock(&lock);
  struct stat before;
  int was_there = stat(path, &before) == 0;
  int fd = (int)syscall(SYS_openat, AT_FDCWD, path, flags, mode);
  int saved = errno;
  if (fd >= 0 && fd < MOST) {
    struct stat now;
    fstat(fd, &now);
    if (S_ISDIR(now.st_mode)) {
      ours[fd] = 1;
    } else {
      uint32_t file = 0;
      for (uint32_t i = 1; was_there && i < file_count; i++)
        if (files[i].dev == now.st_dev && files[i].ino == now.st_ino) file = i;
      if (!file) {
        if (file_count >= MOST) abort();
        file = file_count++;
        files[file].dev = now.st_dev;
        files[file].ino = now.st_ino;
        record(was_there ? 'o' : 'n', file, 0, NULL, 0, inside, strlen(inside));
      }
      ours[fd] = file + 1;
      if (was_there && (flags & O_TRUNC) && before.st_size > 0)
        record('t', file, 0, NULL, 0, "", 0);
    }
  }
  pthread_mutex_unlock(&lock);
  errno = saved;
  return fd;
}

#define MODE(flags, mode) \
  mode_t mode = 0; \
  if ((flags) & (O_CREAT | O_TMPFILE)) { va_list more; va_start(more, flags); mode = va_arg(more, mode_t); va_end(more); }

int open(const char *path, int flags, ...) { MODE(flags, mode) return opened(path, flags, mode); }
int open64(const char *path, int flags, ...) { MODE(flags, mode) return opened(path, flags, mode); }
int openat(int at, const char *path, int flags, ...) {
  MODE(flags, mode)
  if (at == AT_FDCWD || path[0] == '/') return opened(path, flags, mode);
  return (int)syscall(SYS_openat, at, path, flags, mode);
}
int openat64(int at, const char *path, int flags, ...) {
  MODE(flags, mode)
  if (at == AT_FDCWD || path[0] == '/') return opened(path, flags, mode);
  return (int)syscall(SYS_openat, at, path, flags, mode);
}
int creat(const char *path, mode_t mode) { return opened(path, O_CREAT | O_WRONLY | O_TRUNC, mode); }

int close(int fd) {
  if (fd >= 0 && fd < MOST && ours[fd]) {
    pthread_mutex_lock(&lock);
    ours[fd] = 0;
    pthread_mutex_unlock(&lock);
  }
  return (int)syscall(SYS_close, fd);
}

static uint32_t file_of(int fd) {
  return fd >= 0 && fd < MOST && ours[fd] > 1 ? ours[fd] - 1 : 0;
}

static int is_full(void) {
  return *full_file && syscall(SYS_faccessat, AT_FDCWD, full_file, F_OK) == 0;
}

static ssize_t written(int fd, const void *data, size_t length, off_t offset, int at_end) {
  uint32_t file = file_of(fd);
  if (!file)
    return at_end ? syscall(SYS_write, fd, data, length) : syscall(SYS_pwrite64, fd, data, length, offset);
  if (is_full()) { errno = ENOSPC; return -1; }
  pthread_mutex_lock(&lock);
  if (at_end) {
    offset = (fcntl(fd, F_GETFL) & O_APPEND) ? lseek(fd, 0, SEEK_END) : lseek(fd, 0, SEEK_CUR);
  }
  ssize_t done = at_end ? syscall(SYS_write, fd, data, length)
                        : syscall(SYS_pwrite64, fd, data, length, offset);
  int saved = errno;
  if (done > 0) record('w', file, (uint64_t)offset, data, (uint64_t)done, "", 0);
  pthread_mutex_unlock(&lock);
  errno = saved;
  return done;
}

ssize_t write(int fd, const void *data, size_t length) { return written(fd, data, length, 0, 1); }
ssize_t pwrite(int fd, const void *data, size_t length, off_t at) { return written(fd, data, length, at, 0); }
ssize_t pwrite64(int fd, const void *data, size_t length, off64_t at) { return written(fd, data, length, at, 0); }

/* Ways of writing that nobody uses on these files; if somebody begins to, the proof has to learn them. */
ssize_t writev(int fd, const struct iovec *parts, int count) {
  if (file_of(fd)) abort();
  return syscall(SYS_writev, fd, parts, count);
}
ssize_t pwritev(int fd, const struct iovec *parts, int count, off_t at) {
  if (file_of(fd)) abort();
  return syscall(SYS_pwritev, fd, parts, count, (long)at, 0L);
}
int fallocate(int fd, int mode, off_t at, off_t length) {
  if (file_of(fd)) { errno = EOPNOTSUPP; return -1; }
  return (int)syscall(SYS_fallocate, fd, mode, at, length);
}
static void *mapped(void *where, size_t length, int prot, int flags, int fd, off_t at) {
  if (file_of(fd) && (prot & PROT_WRITE) && (flags & MAP_SHARED)) abort();
  return (void *)syscall(SYS_mmap, where, length, prot, flags, fd, at);
}
void *mmap(void *where, size_t length, int prot, int flags, int fd, off_t at) { return mapped(where, length, prot, flags, fd, at); }
void *mmap64(void *where, size_t length, int prot, int flags, int fd, off64_t at) { return mapped(where, length, prot, flags, fd, at); }

static int cut(int fd, off_t length) {
  uint32_t file = file_of(fd);
  if (!file) return (int)syscall(SYS_ftruncate, fd, length);
  pthread_mutex_lock(&lock);
  int done = (int)syscall(SYS_ftruncate, fd, length);
  int saved = errno;
  if (done == 0) record('t', file, (uint64_t)length, NULL, 0, "", 0);
  pthread_mutex_unlock(&lock);
  errno = saved;
  return done;
}
int ftruncate(int fd, off_t length) { return cut(fd, length); }
int ftruncate64(int fd, off64_t length) { return cut(fd, length); }

static int flushed(int fd, long call) {
  if (fd >= 0 && fd < MOST && ours[fd] == 1) {
    pthread_mutex_lock(&lock);
    if (!lies) record('d', 0, 0, NULL, 0, "", 0);
    pthread_mutex_unlock(&lock);
    return 0;
  }
  uint32_t file = file_of(fd);
  if (!file) return (int)syscall(call, fd);
  if (lies) return 0;
  pthread_mutex_lock(&lock);
  uint64_t number = ++flushes;
  record('b', file, number, NULL, 0, "", 0);
  pthread_mutex_unlock(&lock);
  /* A disk takes its time; what is written meanwhile is not covered. */
  usleep(200);
  pthread_mutex_lock(&lock);
  record('s', file, number, NULL, 0, "", 0);
  pthread_mutex_unlock(&lock);
  return 0;
}
int fsync(int fd) { return flushed(fd, SYS_fsync); }
int fdatasync(int fd) { return flushed(fd, SYS_fdatasync); }

static int removed(const char *path) {
  pthread_once(&once, start);
  char buffer[8192];
  const char *inside = below(path, buffer);
  if (!inside) return (int)syscall(SYS_unlinkat, AT_FDCWD, path, 0);
  pthread_mutex_lock(&lock);
  int done = (int)syscall(SYS_unlinkat, AT_FDCWD, path, 0);
  int saved = errno;
  if (done == 0) record('u', 0, 0, NULL, 0, inside, strlen(inside));
  pthread_mutex_unlock(&lock);
  errno = saved;
  return done;
}
int unlink(const char *path) { return removed(path); }
int unlinkat(int at, const char *path, int flags) {
  if (flags == 0 && (at == AT_FDCWD || path[0] == '/')) return removed(path);
  return (int)syscall(SYS_unlinkat, at, path, flags);
}

static int moved(int from_at, const char *from, int to_at, const char *to, unsigned flags) {
  pthread_once(&once, start);
  char a[8192], b[8192], both[16384];
  const char *inside = below(from, a), *into = below(to, b);
  if (!inside || !into) return (int)syscall(SYS_renameat2, from_at, from, to_at, to, flags);
  pthread_mutex_lock(&lock);
  int done = (int)syscall(SYS_renameat2, from_at, from, to_at, to, flags);
  int saved = errno;
  if (done == 0) {
    int length = snprintf(both, sizeof both, "%s%c%s", inside, 0, into);
    record('r', 0, 0, NULL, 0, both, (size_t)length);
  }
  pthread_mutex_unlock(&lock);
  errno = saved;
  return done;
}
int rename(const char *from, const char *to) { return moved(AT_FDCWD, from, AT_FDCWD, to, 0); }
int renameat(int from_at, const char *from, int to_at, const char *to) { return moved(from_at, from, to_at, to, 0); }
int renameat2(int from_at, const char *from, int to_at, const char *to, unsigned flags) { return moved(from_at, from, to_at, to, flags); }

/* A second name: used to put a file in place that must not be there yet. */
static int linked(int from_at, const char *from, int to_at, const char *to, int flags) {
  pthread_once(&once, start);
  char a[8192], b[8192], both[16384];
  const char *inside = below(from, a), *into = below(to, b);
  if (!inside || !into) return (int)syscall(SYS_linkat, from_at, from, to_at, to, flags);
  pthread_mutex_lock(&lock);
  int done = (int)syscall(SYS_linkat, from_at, from, to_at, to, flags);
  int saved = errno;
  if (done == 0) {
    int length = snprintf(both, sizeof both, "%s%c%s", inside, 0, into);
    record('l', 0, 0, NULL, 0, both, (size_t)length);
  }
  pthread_mutex_unlock(&lock);
  errno = saved;
  return done;
}
int link(const char *from, const char *to) { return linked(AT_FDCWD, from, AT_FDCWD, to, 0); }
int linkat(int from_at, const char *from, int to_at, const char *to, int flags) { return linked(from_at, from, to_at, to, flags); }
