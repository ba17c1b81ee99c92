// The files of the contract suite, by a function each that does nothing: see
// `LinkEventLogContract`.
#pragma once

namespace redress {

void LinkAppendContract();
void LinkReadContract();
void LinkIdentityContract();

}  // namespace redress
