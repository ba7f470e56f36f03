/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The descriptors that a helper is started with: checked, and everything else closed. */
#ifndef POSTERN_HELPER_DESCRIPTORS_H
#define POSTERN_HELPER_DESCRIPTORS_H

#include "base/error.h"
#include "manifest/manifest.h"

/*
 * Checks that 0 to 2 are open and that the descriptors of lib/control.h are what they should be,
 * and closes all others. helper_fd: whether CONTROL_FD_HELPER is expected (set-up) or not (run).
 * An open directory or socket of the supervisor's that slipped through would be a way out of the
 * context (CVE-2024-21626 was one). Returns 0 or a negative errno.
 */
int descriptors_check(bool helper_fd, struct error *err);

/* Is the other end of the control socket still open? */
bool descriptors_supervisor_alive(void);

/* Makes the descriptors of lib/control.h close at exec, or stay open. */
int descriptors_cloexec(bool cloexec, struct error *err);

/* Takes the manifest that the supervisor handed over. ret: free with manifest_image_free(). */
int descriptors_manifest(struct manifest **ret, struct error *err);

/*
 * Asks the kernel to kill this process when the supervisor dies, and sees whether it has died
 * already: for as long as it is not confined, and cannot be adopted by another supervisor.
 */
int descriptors_die_with_supervisor(struct error *err);
int descriptors_outlive_supervisor(struct error *err);

#endif
