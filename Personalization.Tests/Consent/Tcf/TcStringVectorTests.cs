using System.Text.Json;
using NUnit.Framework;
using Personalization.Consent.Domain.Tcf;
using Personalization.Tests.Support;

namespace Personalization.Tests.Consent.Tcf;

/// <summary>Every public vector is read as IAB's own library reads it, and every malformed one is refused.</summary>
public class TcStringVectorTests
{
    /// <summary>Not within the tests: a group of assertions cannot skip.</summary>
    [SetUp]
    public void SkipWithoutVectors() => SharedVectors.Find("tcf", "vectors.json");

    [Test]
    public void Every_valid_vector_is_read_as_the_library_reads_it() => Assert.Multiple(() =>
    {
        foreach (var vector in TcVectors.Strings.GetProperty("valid").EnumerateArray())
        {
            var status = TcString.Read(TcVectors.TextOf(vector), out var tc);

            Assert.That(status, Is.EqualTo(TcStatus.Read), vector.GetProperty("id").GetString());
            Assert.That(
                status == TcStatus.Read ? TcTruth.Differences(tc, vector.GetProperty("truth")) : [], Is.Empty, vector.GetProperty("id").GetString());
        }
    });

    [Test]
    public void Every_malformed_vector_is_refused() => Assert.Multiple(() =>
    {
        foreach (var vector in TcVectors.Strings.GetProperty("malformed").EnumerateArray())
        {
            var status = TcString.Read(TcVectors.TextOf(vector), out var tc);

            var name = $"{vector.GetProperty("id")} {vector.GetProperty("category")}";
            if (vector.GetProperty("expect").GetString() == "reject")
            {
                Assert.That(status, Is.Not.EqualTo(TcStatus.Read), name);
            }
            else if (status == TcStatus.Read && vector.TryGetProperty("libraryTruth", out var truth))
            {
                // Where the library may be followed or not, what is read must be what it read.
                Assert.That(TcTruth.Differences(tc, truth), Is.Empty, name);
            }
        }
    });

    [Test]
    public void A_refused_string_grants_nothing() => Assert.Multiple(() =>
    {
        foreach (var vector in TcVectors.Strings.GetProperty("malformed").EnumerateArray())
        {
            if (TcString.Read(TcVectors.TextOf(vector), out var tc) != TcStatus.Read)
            {
                Assert.That(tc.HasPublisherPurposes || tc.HasDisclosedVendors || tc.VendorConsents.Contains(1), Is.False, vector.GetProperty("id").GetString());
            }
        }
    });

    [Test]
    public void Which_strings_the_policies_invalidate_is_told_as_the_specification_tells_it() => Assert.Multiple(() =>
    {
        var strings = TcVectors.Strings;
        var nowMs = strings.GetProperty("meta").GetProperty("evaluationTimeForDerived").GetDateTimeOffset().ToUnixTimeMilliseconds();
        foreach (var vector in strings.GetProperty("valid").EnumerateArray())
        {
            TcString.Read(TcVectors.TextOf(vector), out var tc);

            var reason = TcRules.Default.Check(tc, nowMs);

            var rules = vector.GetProperty("derived").GetProperty("invalidByPolicy");
            if (rules.EnumerateArray().Any(Concerns))
            {
                Assert.That(reason, Is.Not.EqualTo(Personalization.Consent.Domain.SignalReason.Ok), vector.GetProperty("id").GetString());
            }
        }
    });

    private static bool Concerns(JsonElement rule) => rule.GetString() is { Length: > 0 };
}
