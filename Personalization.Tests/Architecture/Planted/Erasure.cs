// A world in which some keep what erasure cannot reach.
namespace Personalization.Planted.Erasure.Support
{
    using Personalization.Kernel.Checkpoints;
    using Personalization.Kernel.Privacy;

    public abstract class State : ICheckpointed
    {
        public string FileName => "planted";

        public int Version => 1;

        public void Load(CheckpointReader reader) => reader.Visit(1, static (_, _) => { });

        public void Collect(CheckpointWriter writer) => writer.Delete(1, 1);
    }

    public abstract class Store : IPersonalDataStore
    {
        public string Name => "planted/store";

        public ValueTask<long> EraseAsync(ErasureSubject subject, CancellationToken cancellationToken) => new(0L);

        public ValueTask<long> CountAsync(ErasureSubject subject, CancellationToken cancellationToken) => new(0L);

        public ValueTask ExportAsync(ErasureSubject subject, System.Text.Json.Utf8JsonWriter json, CancellationToken cancellationToken) => default;
    }
}

namespace Personalization.Planted.Erasure.Identity.Domain
{
    using Personalization.Planted.Erasure.Support;

    public class InnocentState : State;

    public class ForgottenState : State;

    public class InnocentStore(InnocentState state) : Store
    {
        public InnocentState State => state;
    }
}

namespace Personalization.Planted.Erasure.Identity.Storage
{
    using Personalization.Kernel.Privacy;
    using Personalization.Planted.Erasure.Support;

    public class InnocentTables
    {
        public string Folder => "Identity/Storage/Reached";
    }

    public class InnocentTableStore(InnocentTables tables) : Store
    {
        public string Folder => tables.Folder;
    }

    [HoldsNoPersonalData("Counts of planted things.")]
    public class InnocentCounts
    {
        public string Folder => "Identity/Storage/Counts";
    }

    public class ForgottenTables
    {
        public string Folder => "Identity/Storage/Forgotten";
    }
}

namespace Personalization.Planted.Erasure.Consent.Domain
{
    using Personalization.Planted.Erasure.Support;

    public class StateWithoutAnyStore : State;
}

namespace Personalization.Planted.Erasure.Features.Domain
{
    using Personalization.Kernel.Privacy;
    using Personalization.Planted.Erasure.Support;

    [HoldsNoPersonalData("Items of the shop, which no shopper can be read from.")]
    public class InnocentCatalog : State;

    [HoldsNoPersonalData(" ")]
    public class MarkedWithoutAReason : State;
}

namespace Personalization.Planted.Erasure.Decisioning
{
    [Personalization.Kernel.Privacy.HoldsNoPersonalData("Slates by placement, none by shopper.")]
    public static class DecisioningModule;
}
