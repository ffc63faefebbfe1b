/* SPDX-License-Identifier: Apache-2.0 */
/* A pseudo-terminal for tests, in a fork. */
#ifndef SUPPORT_TERMINAL_H
#define SUPPORT_TERMINAL_H

struct terminal {
	int master, slave;
	char path[64];
};

/* A new terminal; its slave is open but nobody's controlling terminal. */
struct terminal terminal_open(void);

/*
 * Make this (forked) process the leader of a session whose controlling
 * terminal is a new one, which becomes its stdin.
 */
struct terminal terminal_sit_down(void);

#endif
