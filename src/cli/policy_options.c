/* SPDX-License-Identifier: Apache-2.0 */
/* The options of caisson policy, one row each. */
#include "cli/policy.h"

#include <stddef.h>

#define NONE .argument = OPT_NONE
#define NEED .argument = OPT_REQUIRED

#define FLAG(member) .flag = OPT_AT_OF(struct policy_request, member)
#define TEXT(member) .text = OPT_AT_OF(struct policy_request, member)

#define READS                                                        \
	(POLICY_COMPILE | POLICY_SHOW | POLICY_DIFF | POLICY_PROVE | \
	 POLICY_TEST | POLICY_IMPORT)

/* clang-format off */
const struct opt_row policy_rows[] = {
	{ "arch", 'a', NEED, READS | POLICY_LIST, TEXT(arch_name),
	  .metavar = "ARCH", .help = "for that architecture (this machine's)" },
	{ "output", 'o', NEED, POLICY_COMPILE, TEXT(output),
	  .metavar = "FILE", .help = "write the filter there" },
	{ "c", 0, NONE, POLICY_COMPILE, FLAG(as_c),
	  .help = "as an array in C" },
	{ "from", 'f', NEED, POLICY_IMPORT, TEXT(from),
	  .metavar = "FORMAT", .help = "oci, systemd or minijail" },
	{ "caps", 0, NEED, READS, TEXT(caps), .metavar = "LIST",
	  .help = "capabilities, for conditions of container profiles" },
	{ "kernel", 0, NEED, READS, TEXT(kernel), .metavar = "V",
	  .help = "kernel version, for the same (the running one)" },
	{ "ignore-unknown", 0, NONE, READS, FLAG(ignore_unknown),
	  .help = "unknown names in rules that allow are a warning" },
	{ "confined", 0, NONE, READS, FLAG(confined),
	  .help = "include only what is below the policy's directory" },
	{ "all", 0, NONE, POLICY_SHOW, FLAG(all),
	  .help = "calls without a rule too" },
	{ "bpf", 0, NONE, POLICY_SHOW, FLAG(bpf),
	  .help = "the instructions of the filter" },
	{ "smt", 0, NONE, POLICY_PROVE, FLAG(smt),
	  .help = "print the claim, SMT-LIB 2, and prove nothing" },
	{ "timeout", 0, NEED, POLICY_PROVE, TEXT(timeout),
	  .metavar = "D", .help = "for the prover (60s)" },
	{ "archs", 0, NONE, POLICY_LIST, FLAG(archs),
	  .help = "architectures" },
	{ "groups", 0, NONE, POLICY_LIST, FLAG(groups),
	  .help = "groups of system calls" },
	{ "syscalls", 0, NONE, POLICY_LIST, FLAG(syscalls),
	  .help = "system calls, with their numbers" },
	{ "json", 0, NONE, READS | POLICY_LIST, FLAG(json),
	  .help = "answer in JSON" },
	{ "quiet", 'q', NONE, READS, FLAG(quiet),
	  .help = "no remarks about the policy" },
	{ "help", 'h', NONE, READS | POLICY_LIST, FLAG(help),
	  .help = "this text" },
	{ .name = NULL },
};
/* clang-format on */
