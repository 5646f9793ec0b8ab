namespace Personalization.Kernel.Checkpoints;

/// <summary>How a table's rows compare with those that a replay leaves.</summary>
public enum RowForm
{
    /// <summary>Row by row, bit for bit; what a table is that says nothing else.</summary>
    Rows = 0,

    /// <summary>A row of each checkpoint for each owner, under (owner &lt;&lt; 32 | checkpoint): an owner's rows are compared as one.</summary>
    JoinedByOwner,

    /// <summary>A row of each checkpoint: all of them are compared as one.</summary>
    Joined,

    /// <summary>A replay need not come to the same.</summary>
    NotCompared,
}

/// <summary>
/// Says of a state's table that its rows depend on more than the log, and how they are compared all the same. Whatever says nothing is
/// compared bit for bit.
/// </summary>
/// <param name="table">Its number.</param>
/// <param name="form">How it is compared.</param>
/// <param name="why">What a replay does otherwise.</param>
[AttributeUsage(AttributeTargets.Class, AllowMultiple = true)]
internal sealed class ReplayRowsAttribute(byte table, RowForm form, string why) : Attribute
{
    public byte Table => table;

    public RowForm Form => form;

    public string Why => why;

    /// <summary>Bytes at the beginning of each row that belong to the checkpoint rather than to the state; 0 by default.</summary>
    public int SkippedBytes { get; init; }

    /// <summary>Bytes of an element of which the owner's rows hold any number in no order that means anything; 0 when order counts.</summary>
    public int ElementBytes { get; init; }

    /// <summary>
    /// Holds only where the stages run in several partitions: those overtake each other, and which came first is nowhere written down.
    /// </summary>
    public bool OnlyWherePartitioned { get; init; }
}
