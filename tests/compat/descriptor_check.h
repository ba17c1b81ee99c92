// What may never change in the protos of the log: the golden descriptor set is what some release
// wrote; everything in it must still be there, under the same number, name and type. Additions are
// welcome.
#pragma once

#include <string>
#include <vector>

#include "google/protobuf/descriptor.pb.h"

namespace redress::compat {

// The files of `redress.event.v1` and `redress.personal.v1` as linked, in the order of names,
// without source.
google::protobuf::FileDescriptorSet CurrentDescriptors();

// One sentence for everything that `golden` has and `current` lost or changed; empty when
// compatible.
std::vector<std::string> Incompatibilities(const google::protobuf::FileDescriptorSet& golden,
                                           const google::protobuf::FileDescriptorSet& current);

}  // namespace redress::compat
