using Personalization.Features.Contracts;

namespace Personalization.Decisioning.Domain.Experiments.Running;

/// <summary>Room to look at shoppers, for as many threads as decide at once. Taking one is an exchange of a reference.</summary>
internal sealed class LookPool(IConditions conditions)
{
    private readonly IShopperLook?[] _idle = new IShopperLook?[Math.Max(2, Environment.ProcessorCount * 2)];

    public IShopperLook Rent()
    {
        foreach (ref var place in _idle.AsSpan())
        {
            if (place is not null && Interlocked.Exchange(ref place, null) is { } look)
            {
                return look;
            }
        }

        return conditions.CreateLook();
    }

    /// <summary>The collector takes what finds no place.</summary>
    public void Return(IShopperLook look)
    {
        foreach (ref var place in _idle.AsSpan())
        {
            if (place is null && Interlocked.CompareExchange(ref place, look, null) is null)
            {
                return;
            }
        }
    }
}
