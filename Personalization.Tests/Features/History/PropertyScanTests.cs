using NUnit.Framework;
using Personalization.Features.Domain.History;

namespace Personalization.Tests.Features.History;

internal sealed class PropertyScanTests
{
    [Test]
    public void A_name_with_half_a_surrogate_pair_is_passed_over_and_the_next_is_read()
    {
        var found = new FoundValue[2];

        PropertyScan.Read(
            """{"pri\ud800ce":1,"p\u0072ice":2,"cart":{"tot\udc00al":3,"total":4}}"""u8, PropertyNode.Of([("price", 0), ("cart.total", 1)]), found);

        Assert.That((found[0].Number, found[1].Number), Is.EqualTo((2.0, 4.0)));
    }
}
