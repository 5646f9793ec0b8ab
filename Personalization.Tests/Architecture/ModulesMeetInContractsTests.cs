using NUnit.Framework;
using Personalization.Tests.Architecture.Reading;
using Personalization.Tests.Architecture.Rules;

namespace Personalization.Tests.Architecture;

public class ModulesMeetInContractsTests
{
    [Test]
    public void Modules_use_each_other_through_contracts_only() =>
        Examined.AssertNone(ModulesMeetInContracts.Check(Examined.Product));

    [Test]
    public void A_use_of_another_modules_own_types_is_found_wherever_it_hides() =>
        Examined.AssertExactly(
            ModulesMeetInContracts.Check(Examined.Planted("Meeting")),
            "InAField.Queues",
            "InAField..ctor",
            "InASignature.Take",
            "Domain.InABase",
            "InABase..ctor",
            "InABody.Ask",
            "InALambda.Count",
            "InAStateMachine.CountAsync",
            "InAnIteratorOfANestedType/Inner.Counts",
            "InAGenericArgument.Name",
            "InAConstraint`1",
            "InACatch.Try",
            "InAnAttribute.Number");

    [Test]
    public void A_violation_says_where_what_and_what_to_do_instead()
    {
        var violation = ModulesMeetInContracts.Check(Examined.Planted("Meeting")).First(found => found.Where.EndsWith("InABody.Ask", StringComparison.Ordinal));

        Assert.That(violation.ToString(), Is.EqualTo(
            "Personalization.Planted.Meeting.Features.Domain.InABody.Ask: uses Personalization.Planted.Meeting.Tracking.Domain.EventQueue, "
            + "which is Tracking's own. Instead: use an interface or record of Tracking.Contracts, or add one there"));
    }
}
