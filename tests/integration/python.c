/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Functions in Python: contexts/sysctl as alice calls it, and functions that do what no rule names,
 * raise, exit, hang and fork. */
#include <signal.h>
#include <string.h>

#include "tests/integration/common/shipped.h"
#include "tests/integration/common/trial.h"
#include "tests/tap.h"

#define OWN	 "/usr/local/lib/postern-tests/python-contexts"
#define MODULE	 "/usr/local/lib/postern/modules/trial_python.py"
#define TOOL	 "/usr/local/lib/postern-tests/bin/tool"
#define VOLUMES	 "/srv/volumes"
#define SAVED	 "/etc/sysctl.d/90-postern.conf"
#define FORWARD	 "/proc/sys/net/ipv4/conf/lo/forwarding"
#define TIMEDOUT 15
#define DIED	 16
#define NOT_HERE 18

static void host(void)
{
	static const char *const contexts[] = {"sysctl", NULL};

	shipped_root("mkdir -p /etc/sysctl.d " TRIAL_DIR "/python && rm -f " SAVED);
	shipped_root("echo 0 >" FORWARD);
	shipped_contexts(contexts);
	shipped_root("cp -r " OWN "/trial-python " OWN "/trial-python-broken " SHIPPED "/");
	/* docs/migration.md's, with a program that opens its last word but one in place of
	 * qemu-img. */
	shipped_root("cp -r " OWN "/volumes " SHIPPED "/ && mkdir -p " VOLUMES " && cp " TOOL
		     " /usr/bin/qemu-img");
	shipped_root("cd " SHIPPED " && mkdir guarded && (echo 'guard_metadata: true'; sed "
		     "'s/^context: .*/context: guarded/' trial-python/context.yaml) "
		     ">guarded/context.yaml");
}

static void example(void)
{
	shipped_allowed("sysctl set_forwarding interface=lo enabled=true");
	tap(shipped_is("grep -q 1 " FORWARD), "lo forwards");
	shipped_says("sysctl read_setting interface=lo setting=forwarding", "1");
	shipped_allowed("sysctl set_reverse_path_filter interface=lo mode=loose");
	shipped_says("sysctl read_setting interface=lo setting=rp_filter", "2");
	SHIPPED_DENIED("sysctl read_setting interface=lo setting=accept_redirects", "read_setting",
		       "accept_redirects", "context.yaml:");
	shipped_refused("sysctl set_forwarding interface=none0 enabled=true", SHIPPED_FAILED,
			"there is no interface none0");
	shipped_refused("sysctl set_forwarding interface=../all enabled=true", SHIPPED_BAD_ARGUMENT,
			"interface");

	shipped_says("sysctl save interface=lo enabled=true group=1000", "1");
	shipped_says("sysctl save interface=eth0 enabled=false", "2");
	tap(shipped_is("grep -qx net/ipv4/conf/lo/forwarding=1 " SAVED), "saved");
	shipped_allowed("sysctl save interface=eth0 enabled=false group=1000");
	tap(shipped_is("test $(stat -c %u:%g " SAVED ") = 0:1000"), "and its group is alice's");
}

/* The code of docs/migration.md as it stands there. */
static void migrated(void)
{
	shipped_root("echo data >" VOLUMES "/vol-1 && ln -s /etc/passwd " VOLUMES "/link");
	shipped_allowed("volumes resize_volume path=" VOLUMES "/vol-1 size=1MiB");
	shipped_allowed("volumes give_volume path=" VOLUMES "/vol-1 uid=1000");
	tap(shipped_is("test $(stat -c %u " VOLUMES "/vol-1) = 1000"), "its owner is uid 1000");
	shipped_refused("volumes give_volume path=" VOLUMES "/none uid=1000", SHIPPED_FAILED,
			VOLUMES "/none");
	shipped_refused("volumes resize_volume path=" VOLUMES "/none size=1", SHIPPED_FAILED, "");
	shipped_refused("volumes give_volume path=" VOLUMES "/link uid=1000", SHIPPED_BAD_ARGUMENT,
			"without symbolic links");
	shipped_refused("volumes give_volume path=/etc/passwd uid=1000", SHIPPED_BAD_ARGUMENT,
			"below " VOLUMES);
	shipped_refused("volumes give_volume path=" VOLUMES "/vol-1 uid=0", SHIPPED_BAD_ARGUMENT,
			"from 1000 to 59999");
}

static void rules(void)
{
	shipped_says("trial-python do what=file", "written ['other']");
	SHIPPED_DENIED("trial-python do what=outside", "do", "passwd");
	shipped_says("trial-python do what=caught", "caught 13");
	shipped_says("trial-python do what=thread", "caught 13");
	shipped_says("trial-python do what=fork", "the child exits with 0");
	SHIPPED_DENIED("trial-python narrow what=file", "narrow", TRIAL_DIR "/python");
	shipped_says("trial-python do what=run", "exits with 0");
	shipped_says("trial-python do what=run_denied", "exits with 13");
	SHIPPED_DENIED("trial-python do what=run_other", "not-named");
	shipped_refused("trial-python not_named", DIED + 2, "");
}

static void descriptors(void)
{
	shipped_says("trial-python pass_on image=@/etc/passwd", "root:");
	shipped_refused("trial-python pass_on image=@/etc", SHIPPED_BAD_ARGUMENT,
			"image: the kernel kept it back");
}

/* What is needed is imported when the helper starts. */
static void imports(void)
{
	shipped_says("trial-python do what=import_again", "subprocess");
	SHIPPED_DENIED("trial-python do what=import", "colorsys");
	SHIPPED_DENIED("trial-python do what=import_compiled", "_lsprof");
	SHIPPED_DENIED("trial-python fresh what=import", "colorsys");
	shipped_refused("trial-python-broken ping", NOT_HERE,
			"trial_python_broken.py: line 4: ModuleNotFoundError: No module named "
			"'no_such_module'");
	tap(shipped_is("grep -q 'trial_python_broken.py\", line 4, in <module>' " TRIAL_LOG),
	    "the traceback is in posternd's log");
}

static void ends(void)
{
	shipped_refused("trial-python do what=value", SHIPPED_FAILED,
			"invalid literal for int() with base 10: 'fourteen'");
	tap(shipped_is("grep -q 'trial-python: do: ValueError: invalid literal' " TRIAL_LOG),
	    "its traceback is in posternd's log");
	shipped_refused("trial-python do what=failure", SHIPPED_FAILED,
			"vol-1 is in use: Device or resource busy");
	shipped_says("trial-python do what=print", "printed");
	tap(shipped_is("grep -q 'trial-python says this' " TRIAL_LOG), "and it is in the log");
	shipped_refused("trial-python do what=memory", SHIPPED_FAILED, "Cannot allocate memory");
	shipped_refused("trial-python do what=exit", DIED, "status 7");
	shipped_refused("trial-python do what=os_exit", DIED, "status 8");
	shipped_refused("trial-python do what=abort", DIED, "signal 6");
	shipped_refused("trial-python do what=loop", TIMEDOUT, "");
	shipped_refused("trial-python do what=sleep", TIMEDOUT, "");
	shipped_refused("trial-python fresh what=exit", DIED, "status 7");
	shipped_refused("trial-python fresh what=loop", TIMEDOUT, "");
	shipped_says("trial-python do what=callback", "[1, 2, 3]");
}

/* A worker is one process for all calls, as in C; with isolation: call each has a fresh one. */
static void isolation(void)
{
	shipped_says("trial-python do what=count", "1");
	shipped_says("trial-python do what=count", "2");
	shipped_says("trial-python fresh what=count", "1");
	shipped_says("trial-python fresh what=count", "1");
}

/* Where also what files look like is decided, the interpreter starts and finds its files. */
static void guarded(void)
{
	shipped_says("guarded do what=file", "written [");
	SHIPPED_DENIED("guarded do what=look", "do", "passwd");
	shipped_says("trial-python do what=look", "regular");
	SHIPPED_DENIED("guarded fresh what=import", "needs list");
}

static void shipped_root_note(const char *what, const char *command)
{
	struct trial_program p;

	TRIAL_RUN(&p, 0, "/bin/sh", "-c", command);
	printf("# %s: %s", what, p.out);
	trial_program_clear(&p);
}

static void size(const char *what, pid_t pid)
{
	char command[128];

	(void)snprintf(command, sizeof(command),
		       "cd /proc/%d && cat smaps_rollup status | grep -E '^(Pss|VmSize):' | xargs",
		       (int)pid);
	shipped_root_note(what, command);
}

static void sizes(void)
{
	size("helper", trial_helper("trial-python"));
	size("worker", trial_worker("trial-python", "do", 0));
}

/* Who can write the functions has what the context has. */
static void trust(void)
{
	struct trial_program p;

	shipped_root("chmod g+w " MODULE);
	shipped_root("sed -i 's/timeout: 2s/timeout: 3s/' " SHIPPED "/trial-python/context.yaml");
	TRIAL_RUN(&p, 0, POSTERN, "reload");
	if (!tap(p.status != 0 &&
			 shipped_is("grep -q '" MODULE " is writable by its group' " TRIAL_LOG),
		 "a file that others than root can write is refused"))
		trial_program_show(&p);
	trial_program_clear(&p);
	shipped_root("chmod g-w " MODULE);
	TRIAL_RUN(&p, 0, POSTERN, "reload");
	tap(p.status == 0, "and taken when they no longer can");
	trial_program_clear(&p);
	shipped_says("trial-python fresh what=count", "1");
}

/* The functions are those of the file as it is now. */
static void replaced(void)
{
	shipped_root("sed -i 's/return str(calls)/return \"changed\"/' " MODULE " && " POSTERN
		     " reload");
	shipped_says("trial-python do what=count", "changed");
}

int main(void)
{
	pid_t posternd;

	host();
	posternd = trial_posternd(SHIPPED);
	example();
	migrated();
	rules();
	descriptors();
	imports();
	ends();
	isolation();
	guarded();
	sizes();
	trust();
	replaced();
	return trial_done(posternd);
}
