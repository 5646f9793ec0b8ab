using System.Text.Json;
using NUnit.Framework;
using Personalization.Consent.Contracts;
using Personalization.Decisioning.Domain.Experiments;
using Personalization.Decisioning.Domain.Experiments.Running;
using Personalization.Tracking.Contracts;

namespace Personalization.Tests.Decisioning.Experiments.Running;

/// <summary>Assignments of flags that outlive their weights.</summary>
[Parallelizable]
[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
internal sealed class FlagAssignmentsTests : IDisposable
{
    private const string Usual = """ "variations": ["old", "new"], "meta": [{ "key": "o" }, { "key": "n" }] """;
    private readonly SomeExperiments _some = new();
    private readonly KeptAssignments _kept = new(1_000, []);
    private FlagAssignments _flags;

    public FlagAssignmentsTests() => _flags = _some.NewFlags(_kept);

    public void Dispose() => _some.Dispose();

    [TestCase("""  "bucketVersion": 1 """, "old")]
    [TestCase("""  "minBucketVersion": 0 """, "old")]
    [TestCase("""  "fallbackAttribute": "anonymousId" """, "old")]
    [TestCase("""  "name": "asks for nothing" """, "new")]
    [TestCase("""  "bucketVersion": 1, "disableStickyBucketing": true """, "new")]
    [TestCase("""  "bucketVersion": 1, "hashAttribute": "company" """, "new", TestName = "A company's is nobody's to keep")]
    [TestCase("""  "bucketVersion": 1, "hashAttribute": "absent", "fallbackAttribute": "id" """, "old", TestName = "Its people's are, where no company is known and the document says so")]
    public void Weights_move_nobody_where_the_document_speaks_of_kept_assignments(string more, string expected)
    {
        Ask([1, 0], more, user: "u");

        Assert.That(Ask([0, 1], more, user: "u"), Is.EqualTo(expected));
    }

    [Test]
    public void What_a_device_was_given_is_its_persons_on_the_next_one()
    {
        const string More = """ "bucketVersion": 1 """;
        var device = Ask([1, 0], More, device: "phone");
        var signedIn = Ask([0, 1], More, user: "u", device: "phone");
        var elsewhere = Ask([0, 1], More, user: "u", device: "desk");

        Assert.That((device, signedIn, elsewhere, Ask([0, 1], More, user: "another")), Is.EqualTo(("old", "old", "old", "new")));
    }

    [Test]
    public void A_new_bucket_version_assigns_anew_and_a_least_one_lets_nobody_of_before_in()
    {
        Ask([1, 0], """ "bucketVersion": 1 """, user: "u");
        var anew = Ask([0, 1], """ "bucketVersion": 2 """, user: "u");
        var shut = Ask([0, 1], """ "bucketVersion": 3, "minBucketVersion": 2 """, user: "u");

        Assert.That((anew, shut, Ask([0, 1], """ "bucketVersion": 3, "minBucketVersion": 2 """, user: "another")), Is.EqualTo(("new", "default", "new")));
    }

    [Test]
    public void Variations_are_kept_by_name_wherever_they_stand_and_over_a_restart()
    {
        Ask([1, 0], """ "bucketVersion": 1 """, user: "u");
        _flags = _some.NewFlags(_kept);
        var turned = Ask([0, 1], """ "bucketVersion": 1 """, user: "u", variations: """ "variations": ["new", "old"], "meta": [{ "key": "n" }, { "key": "o" }] """);
        var gone = Ask([0, 1], """ "bucketVersion": 1 """, user: "u", variations: """ "variations": ["first", "second"], "meta": [{ "key": "1st" }, { "key": "2nd" }] """);

        Assert.That((turned, gone), Is.EqualTo(("old", "second")), "what is gone is assigned by the hash");
        Assert.That(_kept.Fresh.TryRead(out var row), Is.True);
        Assert.That(_flags.Describe(row.Experiment, row.Arm), Is.EqualTo(("hero-test", "o")));
        Assert.That(_flags.Describe(999, 999), Is.Null);
    }

    [Test]
    public void Nothing_is_kept_of_who_may_not_be_measured_and_is_suppressed_or_unknown()
    {
        _some.Shop.Verdict = new ConsentVerdict(IsAllowed: false, ConsentReason.Denied);
        Ask([1, 0], """ "bucketVersion": 1 """, user: "u");
        _some.Shop.Verdict = new ConsentVerdict(IsAllowed: true, ConsentReason.Granted);
        Ask([1, 0], """ "bucketVersion": 1 """);

        Assert.That((_kept.Count, Ask([0, 1], """ "bucketVersion": 1 """, user: "u")), Is.EqualTo((0, "new")));
    }

    [Test]
    public void A_full_table_leaves_newcomers_to_the_hash()
    {
        _flags = _some.NewFlags(new KeptAssignments(2, []));
        Ask([1, 0], """ "bucketVersion": 1 """, user: "u");

        Assert.That(Ask([0, 1], """ "bucketVersion": 1 """, user: "u"), Is.EqualTo("new"));
    }

    [Test]
    public void A_least_version_that_takes_for_ever_to_look_through_is_refused()
    {
        FlagSet.Read(1, JsonElement.Parse(Document([1, 0], """ "minBucketVersion": 2000000000 """, Usual)), out var faults);

        Assert.That(faults.Single().Pointer, Is.EqualTo("/features/hero/rules/0/minBucketVersion"));
    }

    private static string Document(double[] weights, string more, string variations) =>
        $$"""{ "features": { "hero": { "defaultValue": "default", "rules": [ { "key": "hero-test", {{variations}}, "weights": {{JsonSerializer.Serialize(weights)}}, {{more}} } ] } } }""";

    private string Ask(double[] weights, string more, string? user = null, string? device = null, string variations = Usual)
    {
        var flags = FlagSet.Read(1, JsonElement.Parse(Document(weights, more, variations)), out var faults);
        Assert.That(faults, Is.Empty);
        var context = JsonSerializer.SerializeToElement(new { id = user ?? device ?? "somebody", userId = user, anonymousId = device, company = "shop" });
        return flags.For(context, _flags.Of(user, device)).Evaluate("hero").Value.GetString()!;
    }
}
