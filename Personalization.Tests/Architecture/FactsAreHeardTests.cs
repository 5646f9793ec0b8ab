using NUnit.Framework;
using Personalization.Tests.Architecture.Reading;
using Personalization.Tests.Architecture.Rules;

namespace Personalization.Tests.Architecture;

public class FactsAreHeardTests
{
    private static readonly ApprovedFact[] PlantedList =
    [
        new("Identity.Contracts.ProfilesMerged", ["Features.Pipeline.MoveFeatures"]),
        new("Identity.Contracts.ConsentWithdrawn", ["Features.Pipeline.ForgetFeatures"]),
        new("Identity.Contracts.MergeProfiles", [], "Planted."),
        new("Identity.Contracts.NameChanged", [], "Planted."),
        new("Identity.Contracts.ItemsCounted", [], "Planted."),
        new("Identity.Contracts.NobodyWasTold", []),
        new("Identity.Domain.HiddenAndMerged", [], "Planted."),
        new("Identity.Contracts.NeverWritten", [], "Planted."),
    ];

    [Test]
    public void Every_fact_is_one_and_its_handlers_are_approved() =>
        Examined.AssertNone(FactsAreHeard.Check(Examined.Product, ApprovedFacts.All));

    [Test]
    public void A_fact_that_is_none_or_an_unlisted_handler_is_found() =>
        Examined.AssertExactly(
            FactsAreHeard.Check(Examined.Planted("Facts"), PlantedList),
            "Contracts.MergeProfiles",
            "NameChanged.Name",
            "ItemsCounted.Changeable",
            "NobodyWasTold",
            "Domain.HiddenAndMerged",
            "Pipeline.Eavesdropper",
            "Pipeline.ForgetFeatures",
            "Contracts.NeverWritten");

    [Test]
    public void A_fact_that_is_not_in_the_list_is_found()
    {
        var withoutMerges = PlantedList.Where(entry => entry.Fact != "Identity.Contracts.ProfilesMerged").ToList();

        var violations = FactsAreHeard.Check(Examined.Planted("Facts"), withoutMerges);

        Assert.That(violations.Select(violation => violation.Where), Has.Some.EndsWith("Contracts.ProfilesMerged"));
    }
}
