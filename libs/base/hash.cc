#include "libs/base/hash.h"

#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/params.h>

#include <memory>

#include "libs/base/check.h"

namespace redress {
namespace {

constexpr std::string_view kBase32 = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
constexpr int kCodeLength = 12;

// Weighted sum over base 32, all weights odd: finds every single wrong character, and swaps of
// neighbours unless they are 16 apart.
char CheckCharacter(std::string_view twelve) {
  uint32_t sum = 0;
  for (size_t i = 0; i < twelve.size(); ++i) {
    sum += static_cast<uint32_t>(2 * i + 1) * static_cast<uint32_t>(kBase32.find(twelve[i]));
  }
  return kBase32[sum % 32];
}

std::string Grouped(std::string_view twelve) {
  std::string code;
  for (int i = 0; i < kCodeLength; ++i) {
    if (i > 0 && i % 4 == 0) code += '-';
    code += twelve[i];
  }
  code += '-';
  code += CheckCharacter(twelve);
  return code;
}

// Looking the algorithm up, which OpenSSL 3 does at each call otherwise, costs more than hashing a
// short text.
const EVP_MD* Algorithm() {
  static const EVP_MD* const sha256 = EVP_MD_fetch(nullptr, "SHA256", nullptr);
  REDRESS_CHECK(sha256 != nullptr);
  return sha256;
}

template <auto kFree>
struct Freeing {
  template <typename T>
  void operator()(T* thing) const {
    kFree(thing);
  }
};

// Contexts are made once per thread and used again and again.
EVP_MD_CTX* DigestContext() {
  thread_local const std::unique_ptr<EVP_MD_CTX, Freeing<EVP_MD_CTX_free>> context(
      EVP_MD_CTX_new());
  REDRESS_CHECK(context != nullptr);
  return context.get();
}

EVP_MAC_CTX* NewMacContext() {
  static EVP_MAC* const hmac = EVP_MAC_fetch(nullptr, "HMAC", nullptr);
  EVP_MAC_CTX* const context = EVP_MAC_CTX_new(hmac);
  char digest[] = "SHA256";
  const OSSL_PARAM params[] = {OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, digest, 0),
                               OSSL_PARAM_construct_end()};
  REDRESS_CHECK(context != nullptr && EVP_MAC_CTX_set_params(context, params) == 1);
  return context;
}

EVP_MAC_CTX* MacContext() {
  thread_local const std::unique_ptr<EVP_MAC_CTX, Freeing<EVP_MAC_CTX_free>> context(
      NewMacContext());
  return context.get();
}

const unsigned char* Data(std::string_view bytes) {
  return reinterpret_cast<const unsigned char*>(bytes.data());
}

}  // namespace

std::array<uint8_t, 32> Sha256(std::string_view bytes) {
  std::array<uint8_t, 32> digest;
  unsigned int size = 0;
  EVP_MD_CTX* const context = DigestContext();
  const bool ok = EVP_DigestInit_ex2(context, Algorithm(), nullptr) == 1 &&
                  EVP_DigestUpdate(context, bytes.data(), bytes.size()) == 1 &&
                  EVP_DigestFinal_ex(context, digest.data(), &size) == 1;
  REDRESS_CHECK(ok && size == digest.size());
  return digest;
}

std::array<uint8_t, 32> HmacSha256(std::string_view secret, std::string_view bytes) {
  std::array<uint8_t, 32> digest;
  size_t size = 0;
  EVP_MAC_CTX* const context = MacContext();
  // A null secret would mean "the one of before".
  const bool ok = EVP_MAC_init(context, secret.empty() ? Data(std::string_view("")) : Data(secret),
                               secret.size(), nullptr) == 1 &&
                  EVP_MAC_update(context, Data(bytes), bytes.size()) == 1 &&
                  EVP_MAC_final(context, digest.data(), &size, digest.size()) == 1;
  REDRESS_CHECK(ok && size == digest.size());
  return digest;
}

void AppendLengthPrefixed(std::string_view part, std::string* joined) {
  const auto size = static_cast<uint32_t>(part.size());
  const char prefix[] = {static_cast<char>(size >> 24), static_cast<char>(size >> 16),
                         static_cast<char>(size >> 8), static_cast<char>(size)};
  joined->append(prefix, sizeof(prefix)).append(part);
}

std::string LengthPrefixed(std::initializer_list<std::string_view> parts) {
  size_t total = 0;
  for (std::string_view part : parts) total += 4 + part.size();
  std::string joined;
  joined.reserve(total);
  for (std::string_view part : parts) AppendLengthPrefixed(part, &joined);
  return joined;
}

ContentHash HashOf(std::string_view bytes) {
  const auto digest = Sha256(bytes);
  return *ContentHash::FromBytes(
      std::string_view(reinterpret_cast<const char*>(digest.data()), 16));
}

EntityId EntityIdOf(std::string_view kind, std::string_view code) {
  return HashedId<EntityId>({kind, code});
}

std::string TrackingCodeOf(const ComplaintId& complaint) {
  const auto digest = Sha256(LengthPrefixed({"tracking", complaint.bytes()}));
  uint64_t bits = 0;
  for (int i = 0; i < 8; ++i) bits = bits << 8 | digest[i];
  std::string twelve;
  for (int i = 0; i < kCodeLength; ++i) twelve += kBase32[bits >> (59 - 5 * i) & 31];
  return Grouped(twelve);
}

std::string CanonicalTrackingCode(std::string_view typed) {
  std::string plain;
  for (char c : typed) {
    if (c == '-' || c == ' ') continue;
    if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
    if (c == 'O') c = '0';
    if (c == 'I' || c == 'L') c = '1';
    if (kBase32.find(c) == std::string_view::npos) return "";
    plain += c;
    if (plain.size() > kCodeLength + 1) return "";
  }
  if (plain.size() != kCodeLength + 1) return "";
  const std::string_view twelve = std::string_view(plain).substr(0, kCodeLength);
  if (CheckCharacter(twelve) != plain.back()) return "";
  return Grouped(twelve);
}

}  // namespace redress
