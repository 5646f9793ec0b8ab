using Personalization.Tests.Architecture.Rules;

namespace Personalization.Tests.Architecture;

/// <summary>Every fact of the product and who hears it. Handlers run one after the other, in the order of their registration.</summary>
internal static class ApprovedFacts
{
    public static readonly ApprovedFact[] All =
    [
        new(
            "Identity.Contracts.ProfilesMerged",
            Handlers: [],
            WhyNobody: "States hear of a merge through IEventStage.Merge, in log order; the fact is for the shop that embeds the product."),
        new(
            "Identity.Contracts.ProfilesUnmerged",
            Handlers: [],
            WhyNobody: "States are made anew through IEventStage.BeginRebuild, at the change's place in the log; the fact is for the shop that embeds the product."),
        new(
            "Features.Contracts.SegmentEntered",
            Handlers: [],
            WhyNobody: "States ask for memberships and followers read the list of changes; the fact is for the shop that embeds the product."),
        new(
            "Features.Contracts.SegmentLeft",
            Handlers: [],
            WhyNobody: "As for SegmentEntered."),
        new(
            "Features.Contracts.TriggerFired",
            Handlers: [],
            WhyNobody: "Whoever sends messages for it, in this process or reading /v1/triggers/fired, is the shop's until activation is built."),
        new(
            "Tracking.Contracts.QualityFlagRaised",
            Handlers: [],
            WhyNobody: "The live streams are told directly, without waiting for handlers; the fact is for alarms of the shop that embeds the product."),
        new(
            "Tracking.Contracts.QualityFlagCleared",
            Handlers: [],
            WhyNobody: "As for QualityFlagRaised."),
        new(
            "Decisioning.Contracts.Life.ModelDrifted",
            Handlers: [],
            WhyNobody: "The alarm is logged and stands in the model's state; whoever retrains or rolls back is a person, or the shop that embeds the product."),
        new(
            "Decisioning.Contracts.Experiments.ExperimentArmStopped",
            Handlers: [],
            WhyNobody: "The arm is stopped, logged and audited before anybody hears of it; the fact is for alarms of the shop that embeds the product."),
    ];
}
