/* SPDX-License-Identifier: Apache-2.0 */
/* All headers that are installed: what the checks take for the interface. */
#include "../../src/include/caisson.h"
#include "../../src/include/caisson_handshake.h"
#include "../../src/include/caisson_monitor.h"
#include "../../src/include/caisson_policy.h"
#include "../../src/include/caisson_session.h"
