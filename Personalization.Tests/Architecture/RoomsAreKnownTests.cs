using NUnit.Framework;
using Personalization.Tests.Architecture.Reading;
using Personalization.Tests.Architecture.Rules;

namespace Personalization.Tests.Architecture;

public class RoomsAreKnownTests
{
    [Test]
    public void Every_module_has_the_same_rooms() => Examined.AssertNone(RoomsAreKnown.Check(Examined.Product));

    [Test]
    public void An_unknown_room_is_found() =>
        Examined.AssertExactly(
            RoomsAreKnown.Check(Examined.Planted("Rooms")), "Tracking.LostInTheHall", "Helpers.UnknownRoom", "Kernel.Domain.NotOfTheKernel");
}
