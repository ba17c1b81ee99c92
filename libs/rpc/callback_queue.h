// Keeps gRPC's process-wide call-back queue and its polling threads until the process ends.
// gRPC 1.51 takes them down with their last user and races with the next one (an assertion on a
// completion queue's count, or a call whose events never come), as when a server is stopped and
// another started. Thread-safe.
#pragma once

namespace redress {

// Called by every server and channel before its first call. Does its work once.
void KeepCallbackQueue();

}  // namespace redress
