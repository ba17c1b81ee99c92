// The always-on assert for bugs. Never on input, network or disk: the log is the truth, a restart
// replays.
#pragma once

#include <cstdio>
#include <cstdlib>

#define REDRESS_CHECK(condition)                                                              \
  do {                                                                                        \
    if (!(condition)) [[unlikely]] {                                                          \
      std::fprintf(stderr, "%s:%d: bug: %s does not hold\n", __FILE__, __LINE__, #condition); \
      std::abort();                                                                           \
    }                                                                                         \
  } while (false)
