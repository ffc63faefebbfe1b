/* SPDX-License-Identifier: Apache-2.0 */
/* What the reporter can do besides reporting. */
#ifndef SUPPORT_ACTS_H
#define SUPPORT_ACTS_H

/* arg[0]: the act's name.  The exit status; 99: no such act, 98: misused. */
#define ACT_UNKNOWN 99
#define ACT_MISUSED 98

int acts_run(char **arg);

#endif
