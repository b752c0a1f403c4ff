#include "engine/mesh/model.h"

#include <gtest/gtest.h>

namespace shaketable::engine {
namespace {

TEST(MeshModelTest, FindsThingsByNameOrSaysNone) {
  Mesh mesh;
  mesh.zones = {"a", "b"};
  mesh.services.resize(2);
  mesh.services[1].name = "catalog";
  mesh.services[1].endpoint_names = {"GET /", "GET /x"};
  mesh.services[1].versions.resize(2);
  mesh.services[1].versions[1].name = "v2";

  EXPECT_EQ(find_service(mesh, "catalog"), 1U);
  EXPECT_EQ(find_service(mesh, "catalogue"), kNone);
  EXPECT_EQ(find_endpoint(mesh.services[1], "GET /x"), 1U);
  EXPECT_EQ(find_endpoint(mesh.services[1], "GET"), kNone);
  EXPECT_EQ(find_version(mesh.services[1], "v2"), 1U);
  EXPECT_EQ(find_version(mesh.services[1], "v3"), kNone);
  EXPECT_EQ(find_zone(mesh, "b"), 1U);
  EXPECT_EQ(find_zone(mesh, ""), kNone);
}

TEST(MeshModelTest, RetriesAsIstioDoesWhereNothingIsWritten) {
  const proxy::RetryPolicy retries = istio_default_retries();

  EXPECT_EQ(retries.num_retries, 2U);
  EXPECT_EQ(retries.retry_on, proxy::kRetryOnConnectFailure | proxy::kRetryOnRefusedStream |
                                  proxy::kRetryOnUnavailable | proxy::kRetryOnCancelled);
  EXPECT_TRUE(retries.previous_hosts);
  EXPECT_EQ(retries.host_selection_retry_max_attempts, 5U);
  EXPECT_EQ(istio_default_route().timeout, Duration::zero());
  EXPECT_EQ(istio_default_route().retry->num_retries, 2U);
}

}  // namespace
}  // namespace shaketable::engine
