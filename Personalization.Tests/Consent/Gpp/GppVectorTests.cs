using System.Text.Json;
using NUnit.Framework;
using Personalization.Consent.Domain.Gpp;
using Personalization.Tests.Consent.Tcf;
using Personalization.Tests.Support;

namespace Personalization.Tests.Consent.Gpp;

/// <summary>Every GPP vector is read as IAB Tech Lab's library reads it; what it refuses is refused.</summary>
public class GppVectorTests
{
    /// <summary>Not within the tests: a group of assertions cannot skip.</summary>
    [SetUp]
    public void SkipWithoutVectors() => SharedVectors.Find("gpp", "vectors.json");

    [Test]
    public void Every_valid_vector_is_read_as_the_library_reads_it() => Assert.Multiple(() =>
    {
        foreach (var vector in Vectors.GetProperty("valid").EnumerateArray())
        {
            var status = GppString.Read(TcVectors.TextOf(vector, "gppString"), out var gpp);

            Assert.That(status, Is.EqualTo(GppStatus.Read), vector.GetProperty("id").GetString());
            if (status == GppStatus.Read)
            {
                Assert.That(GppTruth.Differences(gpp, vector), Is.Empty, vector.GetProperty("id").GetString());
            }
        }
    });

    [Test]
    public void What_the_library_refuses_is_refused_and_nothing_is_read_otherwise_than_it_reads() => Assert.Multiple(() =>
    {
        foreach (var vector in Vectors.GetProperty("malformed").EnumerateArray())
        {
            var status = GppString.Read(TcVectors.TextOf(vector, "gppString"), out var gpp);

            var library = vector.GetProperty("library");
            if (!library.GetProperty("ok").GetBoolean())
            {
                Assert.That(status, Is.Not.EqualTo(GppStatus.Read), vector.GetProperty("id").GetString());
            }
            else if (status == GppStatus.Read && library.TryGetProperty("truth", out _))
            {
                Assert.That(GppTruth.Differences(gpp, library), Is.Empty, vector.GetProperty("id").GetString());
            }
        }
    });

    private static JsonElement Vectors
    {
        get
        {
            using var document = JsonDocument.Parse(File.ReadAllBytes(SharedVectors.Find("gpp", "vectors.json")));
            return document.RootElement.Clone();
        }
    }
}
