#include "proxy/live/certificates.h"

#include <ctime>

#include <gtest/gtest.h>

#include "tests/proxy/http/tls_fixture.h"

namespace shaketable::proxy::live {
namespace {

TEST(CertificatesTest, ShowsOwnCertificateAndRoots) {
  http::test::TestAuthority authority;
  authority.issue("cart");
  const auto context =
      http::TlsContext::make(http::TlsContext::Role::kServer, authority.config("cart"));
  ASSERT_TRUE(context.has_value()) << context.error().message;

  const std::vector<CertificateInfo> all = describe_certificates(**context, "listener in");

  ASSERT_EQ(all.size(), 2U);
  EXPECT_EQ(all[0].used_by, "listener in");
  EXPECT_EQ(all[0].spiffe_id, "spiffe://mesh.test/ns/shop/sa/cart");
  ASSERT_GE(all[0].names.size(), 3U);
  EXPECT_EQ(all[0].names[0], "URI:spiffe://mesh.test/ns/shop/sa/cart");
  EXPECT_EQ(all[0].names[1], "DNS:cart");
  EXPECT_EQ(all[0].names[2], "IP:127.0.0.1");
  EXPECT_EQ(all[0].expires_at, (*context)->expires_at());
  EXPECT_LT(all[0].valid_from, std::time(nullptr));
  EXPECT_GE(all[0].serial.size(), 16U);
  EXPECT_FALSE(all[0].is_authority);
  EXPECT_TRUE(all[1].is_authority);
  EXPECT_EQ(all[1].names[0], "URI:spiffe://mesh.test");
}

}  // namespace
}  // namespace shaketable::proxy::live
