#include "proxy/http/fields.h"

#include <gtest/gtest.h>

namespace shaketable::proxy::http {
namespace {

TEST(FieldsTest, KnowsTheFieldsThatCodecsAnswerFor) {
  EXPECT_EQ(known_field("host"), KnownField::kHost);
  EXPECT_EQ(known_field("content-length"), KnownField::kContentLength);
  EXPECT_EQ(known_field("transfer-encoding"), KnownField::kTransferEncoding);
  EXPECT_EQ(known_field("connection"), KnownField::kConnection);
  EXPECT_EQ(known_field("te"), KnownField::kTe);
  EXPECT_EQ(known_field("upgrade"), KnownField::kUpgrade);
  EXPECT_EQ(known_field("expect"), KnownField::kExpect);
  EXPECT_EQ(known_field("http2-settings"), KnownField::kHttp2Settings);
  for (const std::string_view name :
       {"keep-alive", "proxy-connection", "proxy-authenticate", "proxy-authorization"}) {
    EXPECT_EQ(known_field(name), KnownField::kHop) << name;
    EXPECT_TRUE(is_hop_by_hop(name)) << name;
  }
  for (const std::string_view name : {"", "t", "tea", "hosts", "cookie", "user-agent", "x-host",
                                      "content-type", "transfer-encodinx", "(host"}) {
    EXPECT_EQ(known_field(name), KnownField::kNone) << name;
    EXPECT_FALSE(is_hop_by_hop(name)) << name;
  }
  EXPECT_FALSE(is_hop_by_hop("content-length"));
}

TEST(FieldsTest, KnowsWhatMustNotBeATrailer) {
  for (const std::string_view name :
       {"host", "content-length", "transfer-encoding", "authorization", "set-cookie", "trailer",
        "x-forwarded-client-cert", "x-envoy-attempt-count", "x_forwarded_for", "content-type"}) {
    EXPECT_TRUE(is_forbidden_trailer(name)) << name;
  }
  for (const std::string_view name : {"grpc-status", "grpc-message", "x-sum", "etag", "digest"}) {
    EXPECT_FALSE(is_forbidden_trailer(name)) << name;
  }
}

TEST(FieldsTest, FindsNamesThatHideBehindUnderscores) {
  for (const std::string_view name : {"transfer_encoding", "content_length", "x_forwarded_for",
                                      "x-forwarded_client-cert", "x_request_id", "x_mesh_peer"}) {
    EXPECT_TRUE(hides_a_known_field(name)) << name;
  }
  for (const std::string_view name : {"transfer-encoding", "user_id", "_", "x_y"}) {
    EXPECT_FALSE(hides_a_known_field(name)) << name;
  }
  EXPECT_FALSE(hides_a_known_field(std::string(1000, '_')));
}

TEST(FieldsTest, NeverLetsConnectionTakeAwayWhereAMessageGoesOrEnds) {
  EXPECT_TRUE(is_never_nominated("host"));
  EXPECT_TRUE(is_never_nominated("transfer-encoding"));
  EXPECT_FALSE(is_never_nominated("x-hop"));
  EXPECT_FALSE(is_never_nominated("keep-alive"));
}

}  // namespace
}  // namespace shaketable::proxy::http
