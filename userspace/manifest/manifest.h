/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * A context's manifest as one C structure, and how to read it from YAML.
 *
 * Everything that a manifest can say is here; what a rule means to the kernel is the policy
 * compiler's matter (userspace/policy). Strings and arrays are owned by the manifest and live until
 * manifest_free().
 */
#ifndef POSTERN_MANIFEST_H
#define POSTERN_MANIFEST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/types.h>

#include "base/error.h"
#include "manifest/argument.h"
#include "manifest/netlink.h"
#include "manifest/place.h"

/* A context's or entrypoint's name: [a-z][a-z0-9_-]*, at most this long, so that it fits the wire
 * and a socket's path. */
#define MANIFEST_NAME_MAX	 63
#define MANIFEST_ENTRYPOINTS_MAX 64
#define MANIFEST_PATHS_MAX	 1024 /* per entrypoint */
#define MANIFEST_IDS_MAX	 64
#define MANIFEST_WORKERS_MAX	 64
#define MANIFEST_SLOTS_MAX	 4    /* arguments that an entrypoint's patterns hold */
#define MANIFEST_INCLUDES_MAX	 32   /* per entrypoint */
#define MANIFEST_PROGRAMS_MAX	 32   /* per entrypoint */
#define MANIFEST_PARTS_MAX	 256  /* groups and programs of a manifest */
#define MANIFEST_IOCTLS_MAX	 128  /* commands of one path */
#define MANIFEST_RULES_MAX	 4096 /* per entrypoint, with those of its groups and programs */
#define MANIFEST_DRIVER_MAX	 63
#define MANIFEST_INSTANCES_MAX	 256 /* of a context whose network namespaces have names */

/* What a path rule may allow. The order is the bit order in the kernel (bpf/abi.h asserts it). */
enum manifest_right {
	MANIFEST_READ,
	MANIFEST_WRITE,
	MANIFEST_APPEND,
	MANIFEST_CREATE,
	MANIFEST_DELETE,
	MANIFEST_LIST,
	MANIFEST_EXECUTE,
	MANIFEST_METADATA,
	MANIFEST_LINK,
	MANIFEST_CONNECT,
	MANIFEST_IOCTL,
	MANIFEST_LOCK,
	MANIFEST_RIGHTS
};

/* The word of a right as the manifest writes it ("read"); never NULL for a valid right. */
const char *manifest_right_name(enum manifest_right right);

enum manifest_user_namespace { MANIFEST_USER_OWN, MANIFEST_USER_HOST };
enum manifest_network_namespace {
	MANIFEST_NETWORK_OWN,
	MANIFEST_NETWORK_HOST,
	MANIFEST_NETWORK_PATH,
	MANIFEST_NETWORK_NAMED, /* below /run/netns, made and removed by the supervisor */
};
/* Who serves an entrypoint: its function in the module, or the supervisor. */
enum manifest_does { MANIFEST_DOES_CALL, MANIFEST_DOES_MAKE_NETWORK, MANIFEST_DOES_REMOVE_NETWORK };
/* By their numbers in syslog(3). */
enum manifest_log {
	MANIFEST_LOG_ERROR = 3,
	MANIFEST_LOG_WARNING,
	MANIFEST_LOG_NOTICE,
	MANIFEST_LOG_INFO,
	MANIFEST_LOG_DEBUG
};
enum manifest_ends { MANIFEST_ENDS_WITH_POSTERND, MANIFEST_ENDS_WITH_LAST_CONNECTION };
enum manifest_isolation {
	MANIFEST_ISOLATION_ENTRYPOINT,
	MANIFEST_ISOLATION_CALL,
	MANIFEST_ISOLATION_CALLER, /* a worker for each uid */
};
enum manifest_mode { MANIFEST_ENFORCE, MANIFEST_AUDIT };

/* Device nodes of one kind, and of one driver. */
enum manifest_device_kind { MANIFEST_DEVICE_ANY, MANIFEST_DEVICE_CHAR, MANIFEST_DEVICE_BLOCK };

struct manifest_device {
	enum manifest_device_kind kind; /* ANY: whatever the object is */
	char *driver;			/* as /proc/devices names it; NULL: any */
};

struct manifest_path {
	/* absolute, normalised, no "..", no trailing slash (but "/" itself); components may be
	 * patterns (manifest/rule_path.h) */
	char *path;
	bool subtree;	  /* it was written with a trailing slash: the rights cover everything
			     below, and itself */
	uint32_t rights;  /* 1u << enum manifest_right */
	uint32_t *ioctls; /* commands that the right ioctl stands for; not empty with it */
	size_t ioctls_len;
	struct manifest_device device;
	size_t part; /* 0: of the manifest itself; else manifest.parts[part - 1], whose file `place`
			tells about */
	struct manifest_place place;
};

/* A group or program that an entrypoint names. */
struct manifest_name {
	char *name;
	struct manifest_place place;
};

#define MANIFEST_ADDRESSES_MAX	  32  /* of an entrypoint's `connect`, and of its `bind` */
#define MANIFEST_PROTOCOLS_MAX	  16  /* of one family */
#define MANIFEST_SOCKET_NAMES_MAX 128 /* ioctls, options */
#define MANIFEST_INTERFACES_MAX	  16  /* of one ioctl */
#define MANIFEST_MODULES_MAX	  16
#define MANIFEST_SHORT_NAME_MAX	  60 /* bpf/abi_netlink.h, POSTERN_WORD_BYTES */
#define MANIFEST_SOCKET_FAMILIES  11 /* of base/socket_names.h */

/* A prefix and a range of ports, as it was written and taken apart. */
struct manifest_address {
	char *text;
	uint16_t family;      /* AF_INET, AF_INET6 */
	uint8_t bytes[16];    /* in network order; IPv4 in the last four, behind ::ffff */
	unsigned prefix;      /* of 128 bits, for IPv4 too */
	uint16_t first, last; /* ports */
	struct manifest_place place;
};

struct manifest_addresses {
	struct manifest_address *items;
	size_t len;
};

/* Sockets of one family. */
struct manifest_socket_family {
	uint32_t types;	     /* 1u << SOCK_x; 0: all that it has */
	uint16_t *protocols; /* empty: what the types usually have */
	size_t protocols_len;
	struct manifest_addresses connect, bind;
	struct manifest_place place; /* line 0: no socket of it */
	struct manifest_place protocols_place;
};

/* An ioctl or an option, by its place in the tables of base/socket_names.h. */
struct manifest_socket_name {
	const char *name; /* of the table */
	uint32_t number;
	uint16_t level;
	struct manifest_name *interfaces; /* that the ioctl may name; empty: any */
	size_t interfaces_len;
	struct manifest_place place;
};

struct manifest_sockets {
	struct manifest_socket_family families[MANIFEST_SOCKET_FAMILIES]; /* as socket_families[] */
	struct manifest_socket_name *ioctls;
	size_t ioctls_len;
	struct manifest_socket_name *options;
	size_t options_len;
	struct manifest_name *modules; /* that the kernel may load for its sake */
	size_t modules_len;
	struct manifest_place place; /* of the key `sockets`; line 0: it is not there */
};

/* A list of paths beside the manifest: a named group, or what one program needs. */
struct manifest_part {
	char *group;   /* its name; NULL for a program */
	char *program; /* its absolute path; NULL for a group */
	char *description;
	char *file; /* of a group: where it was read from */
	struct manifest_path *paths;
	size_t paths_len;
};

struct manifest_entrypoint {
	char *name;
	char *description; /* NULL when not said */
	struct argument *arguments;
	size_t arguments_len;
	struct argument result;	     /* type ARGUMENT_NONE when the function gives nothing back */
	struct manifest_path *paths; /* its own, then those of its groups and programs */
	size_t paths_len;
	struct manifest_name *includes; /* groups */
	size_t includes_len;
	struct manifest_name *programs; /* that it may execute */
	size_t programs_len;
	struct manifest_sockets sockets;
	/* Arguments that paths, names of interfaces and netlink patterns hold in braces, by
	 * index: a call binds their values. */
	size_t slots[MANIFEST_SLOTS_MAX];
	size_t slots_len;
	struct manifest_netlink netlink;
	uint64_t capabilities; /* 1 << CAP_x; a subset of the context's; default: the context's */
	uint64_t timeout_ns;   /* default: 30 s; never 0 */
	enum manifest_isolation isolation;
	unsigned workers;	 /* with CALLER: users who have one at the same time; default 1 */
	enum manifest_mode mode; /* default: enforce */
	enum manifest_does does;
	struct manifest_place place;
	struct manifest_place paths_place; /* of the key `paths`; line 0 when there is none */
};

struct manifest_limits {
	uint64_t open_files; /* RLIMIT_NOFILE of each worker; default 256 */
	uint64_t processes;  /* of a worker: pids.max of its cgroup, and RLIMIT_NPROC; default 64 */
	uint64_t memory;     /* RLIMIT_AS in bytes; default 1 GiB */
	uint64_t file_size;  /* RLIMIT_FSIZE in bytes; default 1 GiB */
	unsigned connections; /* client connections to the context at one time; default 512 */
	unsigned connections_per_caller; /* of them, of one user; default 256 */
};

/* With MANIFEST_NETWORK_NAMED; all zero otherwise. */
struct manifest_network {
	char *name; /* with one argument in braces it is a template: callers name what they mean */
	struct argument *arguments; /* one at most */
	size_t arguments_len;
	bool make;	    /* on its first use */
	unsigned instances; /* helpers at one time; default 64 */
	uint64_t idle_ns;   /* without a call for so long, an instance ends; default: 1 min */
};

struct manifest {
	char *file; /* as given to manifest_read() */
	char *name;
	char *description; /* NULL when not said */
	char *module; /* absolute path of the shared object, or the Python file (manifest_python())
		       */
	uid_t user;   /* worker's id inside the context; mapped; default: the first of uids */
	gid_t group;
	uid_t *uids; /* ids mapped to themselves; the context sees no others */
	size_t uids_len;
	gid_t *gids;
	size_t gids_len;
	uint64_t capabilities; /* 1 << CAP_x; default none */
	enum manifest_user_namespace user_namespace;
	enum manifest_network_namespace network_namespace;
	char *network_path; /* with MANIFEST_NETWORK_PATH; else NULL */
	struct manifest_network network;
	uid_t *caller_uids;
	size_t caller_uids_len;
	gid_t *caller_gids;
	size_t caller_gids_len;
	struct manifest_limits limits;
	uint64_t idle_ns;	 /* without a call for so long, the helper ends; 0: it stays */
	enum manifest_ends ends; /* what its helper lives as long as */
	enum manifest_log log;	 /* the least important lines of functions that the journal gets */
	bool guard_metadata;	 /* what files look like is decided too */
	struct manifest_part *parts;
	size_t parts_len;
	struct manifest_entrypoint *entrypoints;
	size_t entrypoints_len;
};

/* One finding: where, what is wrong, what would be right. */
struct manifest_problem {
	struct manifest_place place;
	char *what;
	char *instead; /* NULL when there is nothing to suggest */
};

/* All findings of one reading, in the order of their place. Zero-initialise; free with
 * manifest_problems_clear(). */
struct manifest_problems {
	struct manifest_problem *items;
	size_t len;
};

/* How strictly to read. */
enum manifest_read_flags {
	/* Refuse a file that others than root could change: it, or any directory above it, is not
	 * owned by root or is writable by group or others (a manifest grants privilege, so whoever
	 * can write it is root). */
	MANIFEST_TRUSTED_ONLY = 1 << 0,
	/* Look no user or group up, for a process that sees no user database: a name stands for a
	 * made-up id, the same for the same name, so that all else is checked. The caller knows the
	 * true ids. */
	MANIFEST_NAMES_UNKNOWN = 1 << 1,
	/* What is read is a bundle (manifest/parts.h): the manifest and all its groups and
	 * programs. Without it these are known by name only. */
	MANIFEST_BUNDLE = 1 << 2,
};

/*
 * Reads and checks one manifest. All problems are gathered, not only the first.
 *
 * file: path, used in messages as given. ret: set on success only; free with manifest_free().
 * problems: may hold findings on failure (each is printed as "file:line:column: what; instead").
 * err: set when the file cannot be read at all (missing, no permission, not trusted) or has
 * problems ("contexts/motd/context.yaml: 3 problems"). Returns 0, -EBADMSG when there are problems,
 * or another negative errno. Touches nothing but the file; user and group names are looked up
 * through NSS.
 */
int manifest_read(const char *file, unsigned flags, struct manifest **ret,
		  struct manifest_problems *problems, struct error *err);

/* The same from memory: data need not end in NUL. `file` is used in messages only;
 * MANIFEST_TRUSTED_ONLY has no meaning here. */
int manifest_parse(const char *file, const char *data, size_t len, unsigned flags,
		   struct manifest **ret, struct manifest_problems *problems, struct error *err);

/*
 * The bytes of a manifest or group, whole: opened as `flags` say (MANIFEST_TRUSTED_ONLY). ret:
 * owned by the caller. Returns 0 or a negative errno.
 */
int manifest_bytes(const char *file, unsigned flags, char **ret, size_t *ret_len,
		   struct error *err);

/* Reads a group (or a program's list, as a bundle holds it) from memory; as manifest_parse(). ret:
 * clear with manifest_part_clear(). */
int manifest_part_parse(const char *file, const char *data, size_t len, struct manifest_part *ret,
			struct manifest_problems *problems, struct error *err);
void manifest_part_clear(struct manifest_part *part);

/* What a Python module's file ends in, and no other module's. */
#define MANIFEST_PYTHON ".py"

/* Are the functions written in Python? */
bool manifest_python(const struct manifest *m);

/* May the entrypoint make sockets besides unix ones, netlink's too? Then its workers may send
 * messages by sendmsg. */
bool manifest_has_sockets(const struct manifest_entrypoint *e);

/* Is an argument or the result of the entrypoint secret? */
bool manifest_has_secrets(const struct manifest_entrypoint *e);

/* Does any entrypoint name an ioctl of sockets? */
bool manifest_has_socket_ioctls(const struct manifest *m);

/* The name of an ioctl command that manifests know, or NULL. */
const char *manifest_ioctl_name(uint32_t command);

/* Holds the manifest against the entrypoint names that its module exports (names: NULL-terminated
 * array); what is lacking becomes a problem at the entrypoint's place. Returns 0 or -EBADMSG. */
int manifest_check_module(const struct manifest *m, const char *const *names,
			  struct manifest_problems *problems);

/* Writes every problem as a line "file:line:column: what; instead". */
void manifest_problems_print(const struct manifest_problems *problems, const char *file, FILE *to);
void manifest_problems_clear(struct manifest_problems *problems);

/* Do callers name the network namespace that they mean? */
bool manifest_network_template(const struct manifest *m);

/*
 * Holds a name that a caller gave against the template: its text, and the argument's type. It is
 * one component then, as every name that wire_name_valid() takes. Returns NULL when it fits, or
 * what was expected ("a UUID ..."), which lives as long as the manifest.
 */
const char *manifest_network_misfit(const struct manifest *m, const char *name);

/* The entrypoint of that exact name, or NULL. It lives as long as the manifest. */
const struct manifest_entrypoint *manifest_entrypoint(const struct manifest *m, const char *name);

void manifest_free(struct manifest *m);

#endif
