using NUnit.Framework;
using Personalization.Tests.Architecture.Reading;
using Personalization.Tests.Architecture.Rules;

namespace Personalization.Tests.Architecture;

public class ModulesFollowTheFlowTests
{
    private static IReadOnlyList<string> PlantedFlow =>
        FlowOrder.Read(Examined.Planted("Flow"), "Personalization.Planted.Flow.Registration", "AddPlanted");

    [Test]
    public void A_module_uses_modules_before_it_and_the_kernel_uses_none() =>
        Examined.AssertNone(ModulesFollowTheFlow.Check(Examined.Product, Examined.ProductFlow));

    [Test]
    public void A_look_ahead_or_out_of_the_kernel_is_found() =>
        Examined.AssertExactly(
            ModulesFollowTheFlow.Check(Examined.Planted("Flow"), PlantedFlow),
            "LooksAhead.Ask",
            "LooksAtTheComposition.Register",
            "Curious.Events",
            "Curious.get_Events",
            "Curious.set_Events",
            "Forgotten");

    [Test]
    public void The_flow_is_the_order_in_which_the_modules_are_registered() =>
        Assert.That(string.Join(" -> ", PlantedFlow), Is.EqualTo("Tracking -> Identity -> Features"));

    [Test]
    public void A_registration_that_is_gone_is_not_taken_for_an_empty_flow() =>
        Assert.That(
            () => FlowOrder.Read(Examined.Planted("Flow"), "Personalization.Planted.Flow.Registration", "AddNobody"),
            Throws.InvalidOperationException.With.Message.Contains("AddNobody"));
}
