// Sets of aspects: the masks in an event's header. Bits are `redress.event.v1.Aspect`, frozen for
// ever.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <string>

#include "redress/event/v1/options.pb.h"

namespace redress {

using event::v1::Aspect;

class AspectSet {
 public:
  constexpr AspectSet() = default;
  explicit constexpr AspectSet(uint64_t mask) : mask_(mask) {}
  constexpr AspectSet(std::initializer_list<Aspect> aspects) {
    for (Aspect aspect : aspects) mask_ |= uint64_t{1} << aspect;
  }
  static constexpr AspectSet All() { return AspectSet(~uint64_t{0}); }

  constexpr uint64_t mask() const { return mask_; }
  constexpr bool Has(Aspect aspect) const { return mask_ >> aspect & 1; }
  constexpr void Add(Aspect aspect) { mask_ |= uint64_t{1} << aspect; }
  constexpr bool Contains(AspectSet other) const { return (other.mask_ & ~mask_) == 0; }
  constexpr bool empty() const { return mask_ == 0; }
  friend constexpr AspectSet operator|(AspectSet a, AspectSet b) {
    return AspectSet(a.mask_ | b.mask_);
  }
  friend constexpr AspectSet operator&(AspectSet a, AspectSet b) {
    return AspectSet(a.mask_ & b.mask_);
  }
  friend constexpr bool operator==(AspectSet, AspectSet) = default;

  // "stage ownership clocks", in the order of bits; unknown bits as "bit42".
  std::string ToString() const;

 private:
  uint64_t mask_ = 0;
};

}  // namespace redress
