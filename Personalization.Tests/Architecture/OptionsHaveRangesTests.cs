using NUnit.Framework;
using Personalization.Tests.Architecture.Reading;
using Personalization.Tests.Architecture.Rules;

namespace Personalization.Tests.Architecture;

public class OptionsHaveRangesTests
{
    [Test]
    public void Every_configured_number_has_bounds() => Examined.AssertNone(OptionsHaveRanges.Check(Examined.Product));

    [Test]
    public void A_number_without_bounds_is_found() =>
        Examined.AssertExactly(
            OptionsHaveRanges.Check(Examined.Planted("Options")), "TrackingOptions.Unbounded", "TrackingOptions.PerhapsUnbounded");
}
