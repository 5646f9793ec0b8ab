using System.Text;
using NUnit.Framework;
using Personalization.Consent.Domain.Tcf;
using Personalization.Consent.Domain.Vendors;
using Personalization.Tests.Consent.Tcf;

namespace Personalization.Tests.Consent.Vendors;

/// <summary>A vendor list is taken whole or not at all.</summary>
public class VendorListReaderTests
{
    [Test]
    public void What_a_vendor_declared_is_known()
    {
        Assert.That(Read("""{"id":7,"purposes":[1,5],"legIntPurposes":[7],"flexiblePurposes":[7],"specialPurposes":[2],"specialFeatures":[1],"x":{"y":[1]}}"""), Is.Null);

        Assert.That(_list!.TryGet(7, out var vendor));
        Assert.That((vendor.BasisOf(5), vendor.BasisOf(7), vendor.BasisOf(2)), Is.EqualTo((LegalBasis.Consent, LegalBasis.LegitimateInterest, LegalBasis.None)));
        Assert.That((vendor.IsFlexible(7), vendor.IsFlexible(5)), Is.EqualTo((true, false)));
        Assert.That(vendor.DeclaresSpecialPurpose(2) && vendor.DeclaresSpecialFeature(1));
        Assert.That(vendor.DeletedAtMs, Is.EqualTo(long.MaxValue));
    }

    [TestCase(0)]
    [TestCase(6)]
    [TestCase(8)]
    [TestCase(65_535)]
    [TestCase(-1)]
    [TestCase(int.MaxValue)]
    public void Who_is_not_in_the_list_is_not_found(int vendorId)
    {
        Read("""{"id":7}""");

        Assert.That(_list!.TryGet(vendorId, out var vendor), Is.False);
        Assert.That(vendor.BasisOf(1), Is.EqualTo(LegalBasis.None));
    }

    [TestCase("""{"id":0}""")]
    [TestCase("""{"id":65536}""")]
    [TestCase("""{"purposes":[1]}""")]
    [TestCase("""{"id":7,"purposes":[0]}""")]
    [TestCase("""{"id":7,"purposes":[64]}""")]
    [TestCase("""{"id":7,"purposes":1}""")]
    [TestCase("""{"id":7,"purposes":["1"]}""")]
    [TestCase("""{"id":7,"deletedDate":"soon"}""")]
    [TestCase("""{"id":7.5}""")]
    [TestCase("""{"id":7},"8":{"id":7}""")]
    [TestCase("7")]
    public void A_vendor_that_cannot_be_read_refuses_the_list(string vendor)
    {
        Assert.That(Read(vendor), Is.Not.Null);
        Assert.That(_list, Is.Null);
    }

    [TestCase("")]
    [TestCase("null")]
    [TestCase("[]")]
    [TestCase("{}")]
    [TestCase("""{"gvlSpecificationVersion":3,"vendorListVersion":1,"vendors":{}}""")]
    [TestCase("""{"gvlSpecificationVersion":2,"vendorListVersion":1,"vendors":{"7":{"id":7}}}""")]
    [TestCase("""{"gvlSpecificationVersion":3,"vendors":{"7":{"id":7}}}""")]
    [TestCase("""{"gvlSpecificationVersion":3,"vendorListVersion":1,"vendors":{"7":{"id":7}}""")]
    [TestCase("""{"gvlSpecificationVersion":3,"vendorListVersion":1,"vendors":{"7":{"id":7}}} x""")]
    public void What_is_no_list_is_refused(string json)
    {
        Assert.That(VendorListReader.TryRead(Encoding.UTF8.GetBytes(json), out _, out var error), Is.False);
        Assert.That(error, Is.Not.Empty);
    }

    [Test]
    public void A_deleted_vendor_stays_known_with_its_date()
    {
        Read("""{"id":7,"purposes":[5],"deletedDate":"2024-03-01T00:00:00Z"}""");
        TcString.Read(Encoding.ASCII.GetBytes(new TcText { PurposeConsents = [5], VendorConsents = [7] }.ToString()), out var tc);
        var deletedAtMs = new DateTimeOffset(2024, 3, 1, 0, 0, 0, TimeSpan.Zero).ToUnixTimeMilliseconds();

        Assert.That(_list!.TryGet(7, out var vendor));
        Assert.That(vendor.DeletedAtMs, Is.EqualTo(deletedAtMs));
        Assert.That(
            VendorDecisions.MayProcess(tc, _list, TcRules.Default, 7, 5, tc.LastUpdatedMs).Reason,
            Is.EqualTo(Personalization.Consent.Domain.SignalReason.VendorDeleted));
    }

    private VendorList? _list;

    private string? Read(string vendor)
    {
        var json = $$$"""{"gvlSpecificationVersion":3,"vendorListVersion":12,"tcfPolicyVersion":5,"lastUpdated":"2026-01-08T16:00:00Z","stacks":{},"vendors":{"7":{{{vendor}}}}}""";
        VendorListReader.TryRead(Encoding.UTF8.GetBytes(json), out _list, out var error);
        return error;
    }
}
